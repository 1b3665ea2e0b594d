job "dbctl-seek-20261129-020000-aaaa" {
  namespace   = "default"
  datacenters = ["*"]
  type        = "batch"

  group "seek" {
    count = 1

    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "db-backup" {
      driver = "exec"
      user   = "postgres"

      config {
        command = "/bin/sh"
        args = ["${NOMAD_TASK_DIR}/seek.sh"]
      }

      artifact {
        source      = "https://downloads.example/rclone.zip"
        destination = "local/download/rclone"

        options {
          checksum = "sha256:abababababababababababababababababababababababababababababababab"
        }
      }

      template {
        destination = "local/seek.sh"
        change_mode = "noop"
        data        = <<EOT
#!/bin/sh
# Keeps rclone and age at hand for a look at the copies elsewhere, and ends by itself when whoever looks has died.
set -eu
umask 022

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

mkdir -p "$NOMAD_TASK_DIR/tools" "$NOMAD_ALLOC_DIR/dbctl"
chmod 0700 "$NOMAD_ALLOC_DIR/dbctl"
for name in rclone; do
  found "$name"
  cp -- "$program" "$NOMAD_TASK_DIR/tools/$name"
  chmod 0755 "$NOMAD_TASK_DIR/tools/$name"
  HOME="$NOMAD_TASK_DIR" "$NOMAD_TASK_DIR/tools/$name" --version >/dev/null || refuse "$name does not start"
done
printf '%s %s\n' "$(id -u)" "$(id -g)" >"$NOMAD_ALLOC_DIR/dbctl/seek.ready"
trap 'exit 0' TERM INT HUP
left=3600
while [ "$left" -gt 0 ]; do
  sleep 5 &
  wait $! || :
  left=$((left - 5))
done
EOT
      }

      resources {
        cpu    = 100
        memory = 256
      }
    }
  }
}
