job "dbctl-tools-speedtest" {
  namespace   = "default"
  datacenters = ["dc1"]
  type        = "batch"

  constraint {
    attribute = "${node.unique.id}"
    value     = "5f2b"
  }

  group "tools" {
    count = 1

    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    volume "db_backups" {
      type            = "host"
      source          = "db-backups"
      access_mode     = "single-node-multi-writer"
      attachment_mode = "file-system"
      read_only       = false
    }

    task "tools" {
      driver = "exec"
      user   = "postgres"

      config {
        command = "/bin/sh"
        args = ["${NOMAD_TASK_DIR}/tools.sh"]
      }

      volume_mount {
        volume      = "db_backups"
        destination = "/backups"
        read_only   = false
      }

      artifact {
        source      = "https://downloads.rclone.org/v1.75.1/rclone-v1.75.1-linux-amd64.zip"
        destination = "local/download/rclone"

        options {
          checksum = "sha256:abababababababababababababababababababababababababababababababab"
        }
      }

      artifact {
        source      = "https://example.org/age-v1.3.2-linux-amd64.tar.gz"
        destination = "local/download/age"

        options {
          checksum = "sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
        }
      }

      template {
        destination = "local/tools.sh"
        change_mode = "noop"
        data        = <<EOT
#!/bin/sh
# Places what Nomad has downloaded and checked as one folder on the backup volume, whole or not at all, and damaged ones anew.
set -eu
umask 022
folder='/backups/.tools/''ba9876543210'
# Services share the folder, and each has its own job.
new="$folder.part."'speedtest'

refuse() {
  printf 'dbctl: %s\n' "$*" >&2
  exit 1
}

# found NAME: a program of that name in what was unpacked, or the only file that there is.
found() {
  in="$NOMAD_TASK_DIR/download/$1"
  find "$in" -type f -name "$1" >"$NOMAD_TASK_DIR/found"
  [ -s "$NOMAD_TASK_DIR/found" ] || find "$in" -type f >"$NOMAD_TASK_DIR/found"
  [ "$(grep -c '' "$NOMAD_TASK_DIR/found")" -eq 1 ] ||
    refuse "what was downloaded for $1 is no single file, and has no single file called $1 in it"
  program=$(cat "$NOMAD_TASK_DIR/found")
}

mkdir -p /backups/.tools
rm -rf -- "$new"
trap 'rm -rf -- "$new"' EXIT
mkdir "$new"
for name in rclone age; do
  found "$name"
  cp -- "$program" "$new/$name"
  chmod 0755 "$new/$name"
  # Of another machine, or on a volume that runs nothing: told now, not by the first copy that fails.
  HOME="$NOMAD_TASK_DIR" "$new/$name" --version >/dev/null || refuse "$name does not start"
done
(cd "$new" && sha256sum rclone age >SHA256SUMS)
sync
rm -rf -- "$folder"
mv "$new" "$folder"
# Another service's was quicker: this one came to lie in it.
rm -rf -- "$folder/$${new##*/}"
echo "$folder is there"
EOT
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }
  }
}
