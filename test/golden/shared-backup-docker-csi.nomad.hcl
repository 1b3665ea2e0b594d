# Backs up every database of the shared server, each into a set of its own. A plain jobspec: it works without dbctl once its
# programs lie on the volume, and running it again is safe.
job "dbctl-backup-postgresql" {
  namespace   = "default"
  datacenters = ["dc1"]
  type        = "service"

  group "backup" {
    count = 1

    volume "db_backups" {
      type            = "csi"
      source          = "db-backups"
      access_mode     = "multi-node-multi-writer"
      attachment_mode = "file-system"
      read_only       = false
    }

    task "db-backup" {
      driver = "docker"
      user   = "postgres"

      config {
        image        = "postgres:16-alpine"
        entrypoint   = ["/bin/sh"]
        args         = ["${NOMAD_TASK_DIR}/toolbox.sh"]
        network_mode = "host"
      }

      vault {
        role = "dbctl"
      }

      env {
        PGDATABASE        = "postgres"
        PGCONNECT_TIMEOUT = "5"
      }

      volume_mount {
        volume      = "db_backups"
        destination = "/backups"
        read_only   = false
      }

      template {
        destination = "local/toolbox.sh"
        change_mode = "noop"
        data        = <<EOT
#!/bin/sh
# Backs up the shared server by its schedule. The programs lie on the backup volume, where dbctl puts them; the job names
# them by their SHA-256, so that nothing else can be run.
set -eu
umask 077
dir='/backups/postgresql'
programs="$dir/programs/"'0123456789ab'
mkdir -p "$dir" "$NOMAD_ALLOC_DIR/dbctl" "$NOMAD_ALLOC_DIR/shared"
chmod 0700 "$dir" "$NOMAD_ALLOC_DIR/dbctl" "$NOMAD_ALLOC_DIR/shared"

child=
trap '[ -z "$child" ] || kill "$child" 2>/dev/null; exit 0' TERM INT
# await COMMAND…: in the background, so that a signal is heard.
await() {
  "$@" &
  child=$!
  wait "$child" || :
  child=
}

sums="$NOMAD_ALLOC_DIR/dbctl/programs.sums"
whole() {
  [ -f "$programs/shared-schedule.sh" ] || return 1
  # The order is that of bytes, whatever the image's own language is.
  (LC_ALL=C && export LC_ALL && cd "$programs" && sha256sum ./* >"$sums.new") && sed 's|  \./|  |' "$sums.new" >"$sums" || return 1
  sum=$(sha256sum "$sums") || return 1
  case $sum in 0123456789ab*) ;; *) return 1 ;; esac
}

while :; do
  if whole; then
    await sh "$programs/shared-schedule.sh" "$programs"
  else
    echo "the programs are missing or damaged: dbctl backup-all puts them back"
  fi
  await sleep 30
done
EOT
      }

      template {
        destination = "local/backup.env"
        change_mode = "noop"
        data        = <<EOT
SHARED='1'
SERVICE='postgresql'
PROGRAMS='0123456789ab'
SCHEDULE='30 2 * * *'
ZONE='UTC'
TOOLS='/backups/.tools/0123456789ab'
OFFSITE='1'
OFFSITE_1_NAME='b2'
OFFSITE_1_REMOTE='offsite1:bucket/db'
OFFSITE_1_PRUNE='1'
AGE_RECIPIENTS='age1x'
NOTIFY='1'
NOTIFY_1_KIND='ntfy'
NOTIFY_1_ON='failure'
EOT
      }

      template {
        destination = "local/server.env"
        change_mode = "noop"
        data        = <<EOT
{{ range service "it`s \"x\"" }}PGHOST='{{ .Address }}'
PGPORT='{{ .Port }}'
{{ end }}PGUSER='ad:min'
EOT
      }

      template {
        destination = "secrets/admin"
        change_mode = "noop"
        data        = "*:*:*:ad\\:min:{{ with secret \"secret/data/postgres/admin\" }}{{ index .Data.data \"password\" | replaceAll \"\\\\\" \"\\\\\\\\\" | replaceAll \":\" \"\\\\:\" }}{{ end }}"
      }

      template {
        destination = "secrets/rclone.conf"
        change_mode = "noop"
        data        = <<EOT
[offsite1]
type = b2
{{ if nomadVarExists "nomad/jobs/dbctl-backup-postgresql/backup/db-backup" }}{{ with nomadVar "nomad/jobs/dbctl-backup-postgresql/backup/db-backup" }}{{ (index . "offsite_1").Value }}{{ end }}{{ end }}
EOT
      }

      template {
        destination = "secrets/notify.env"
        change_mode = "noop"
        data        = <<EOT
NOTIFY_1_URL='{{ if nomadVarExists "nomad/jobs/dbctl-backup-postgresql/backup/db-backup" }}{{ with nomadVar "nomad/jobs/dbctl-backup-postgresql/backup/db-backup" }}{{ (index . "notify_1").Value | replaceAll "'" "'\\''" }}{{ end }}{{ end }}'
EOT
      }

      resources {
        cpu    = 100
        memory = 128
      }

      logs {
        max_files     = 2
        max_file_size = 5
      }

      restart {
        attempts = 5
        interval = "5m"
        delay    = "5s"
        mode     = "delay"
      }
    }
  }
}
