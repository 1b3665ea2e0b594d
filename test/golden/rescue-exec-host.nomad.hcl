job "dbctl-rescue-speedtest-20261120-211530-ab12" {
  namespace   = "default"
  datacenters = ["dc1"]
  type        = "service"

  constraint {
    attribute = "${node.unique.id}"
    value     = "5f2b"
  }

  group "rescue" {
    count = 1

    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    network {
      mode = "host"
    }

    volume "db_backups" {
      type            = "host"
      source          = "db-backups"
      access_mode     = "single-node-multi-writer"
      attachment_mode = "file-system"
      read_only       = false
    }

    task "db-backup" {
      driver = "exec"
      user   = "postgres"

      config {
        command = "/bin/sh"
        args    = ["${NOMAD_TASK_DIR}/toolbox.sh"]
      }

      env {
        PGDATA            = "/var/lib/postgresql/data/pgdata"
        PGHOST            = "${NOMAD_ALLOC_DIR}/pg"
        PGPORT            = "5433"
        PGUSER            = "postgres"
        PGDATABASE        = "postgres"
        PGCONNECT_TIMEOUT = "5"
        PATH              = "/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
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
# Idles beside the database; dumps, restores and checks are started in here.
set -eu
umask 077
backups='/backups/speedtest'
mkdir -p "$backups" "$NOMAD_ALLOC_DIR/dbctl"
chmod 0700 "$backups" "$NOMAD_ALLOC_DIR/dbctl"

child=
trap '[ -z "$child" ] || kill "$child" 2>/dev/null || :; exit 0' TERM INT
# await COMMAND: in the background, so that a signal is heard.
await() {
  "$@" &
  child=$!
  wait "$child" || :
  child=
}

while :; do await sleep 3600; done
EOT
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }
  }
}
