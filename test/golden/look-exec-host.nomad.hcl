job "dbctl-look-speedtest-20261120-211530-ab12" {
  namespace   = "default"
  datacenters = ["dc1"]
  type        = "batch"

  constraint {
    attribute = "${node.unique.id}"
    value     = "5f2b"
  }

  group "look" {
    count = 1

    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    volume "data" {
      type            = "host"
      source          = "pg"
      access_mode     = "single-node-reader-only"
      attachment_mode = "file-system"
      read_only       = true
    }

    volume "db_backups" {
      type            = "host"
      source          = "db-backups"
      access_mode     = "single-node-multi-writer"
      attachment_mode = "file-system"
      read_only       = true
    }

    task "look" {
      driver = "exec"
      user   = "postgres"

      config {
        command = "/bin/sh"
        args = ["${NOMAD_TASK_DIR}/look.sh"]
      }

      volume_mount {
        volume      = "data"
        destination = "/look/data"
        read_only   = true
      }

      volume_mount {
        volume      = "db_backups"
        destination = "/backups"
        read_only   = true
      }

      template {
        destination = "local/look.sh"
        change_mode = "noop"
        data        = <<EOT
#!/bin/sh
# Says in two words what a data volume holds and what the service's state file says of it. Changes nothing.
set -eu
data=/look/data
state='/backups/speedtest/state'

found=empty
if [ ! -r "$data" ] || [ ! -x "$data" ]; then
  found=unreadable
else
  for entry in "$data"/* "$data"/.[!.]*; do
    [ -e "$entry" ] || continue
    case "$${entry##*/}" in
      lost+found | .dbctl.lock | .dbctl.libc | pgdata.retired-*) ;;
      *) found=other ;;
    esac
  done
  if [ -e "$data/PG_VERSION" ] || [ -e "$data/pgdata/PG_VERSION" ]; then found=cluster; fi
fi

word=none
if [ -e "$state" ]; then read -r word rest <"$state" || [ -n "$word" ] || word=unreadable; fi
printf '%s %s\n' "$found" "$word" >"$NOMAD_ALLOC_DIR/look.tmp"
mv "$NOMAD_ALLOC_DIR/look.tmp" "$NOMAD_ALLOC_DIR/look"
EOT
      }

      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}
