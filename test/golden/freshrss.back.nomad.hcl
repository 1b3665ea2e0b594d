# FreshRSS: web and the feeds' fetcher, both on one folder
job "freshrss" {
  datacenters = ["dc1"]

  group "freshrss" {
    network {
      mode = "host"
      port "http" {
        static = 8085
      }
    }

    volume "data" {
      type   = "host"
      source = "freshrss_data"
    }

    task "freshrss" {
      driver = "docker"
      user   = "33:33"

      config {
        image        = "freshrss/freshrss:1.26.3"
        network_mode = "host"
        ports        = ["http"]
        args         = ["apache2-foreground"]

        mount {
          type   = "bind"
          source = "/srv/extensions"
          target = "/var/www/FreshRSS/extensions"
        }
      }

      env {
        TZ       = "Europe/Berlin"
        CRON_MIN = "${meta.minutes}"
      }

      volume_mount {
        volume      = "data"
        destination = "/var/www/FreshRSS/data"
      }
    }

    task "freshrss-cron" {
      driver = "docker"

      config {
        image        = "freshrss/freshrss:1.26.3"
        network_mode = "host"
        command      = "cron"
      }

      volume_mount {
        volume      = "data"
        destination = "/var/www/FreshRSS/data"
      }
    }
    task "db-repoint" {
      driver = "docker"
      user   = "33:33"

      lifecycle {
        hook    = "prestart"
        sidecar = false
      }

      config {
        image = "freshrss/freshrss:1.26.3"
        network_mode = "host"
        mount {
          type   = "bind"
          source = "/srv/extensions"
          target = "/var/www/FreshRSS/extensions"
        }
        entrypoint = ["/bin/sh"]
        args = ["${NOMAD_TASK_DIR}/repoint.sh"]
      }

      env {
        TZ = "Europe/Berlin"
        CRON_MIN = "${meta.minutes}"
      }

      volume_mount {
        volume      = "data"
        destination = "/var/www/FreshRSS/data"
      }

      template {
        destination = "local/repoint.sh"
        change_mode = "noop"
        data        = <<EOT
#!/bin/sh
# Points the app at its database with the app's own tool. Running it again changes nothing.
set -eu
say() { printf 'dbctl: %s\n' "$*"; }
fail() { printf 'dbctl: failed: %s\n' "$*" >&2; exit 1; }

address='postgresql.service.consul'
file='/var/www/FreshRSS/data/config.php'
keep='/var/www/FreshRSS/data/config.dbctl-old.php'
[ -e "$file" ] || { say "$file is not there: the app is not installed yet"; exit 0; }

# The first word of what the tool prints, with the port that PostgreSQL's clients take by themselves.
seen() {
  out=$('php' '-r' '$c = (include '\''/var/www/FreshRSS/data/config.php'\'')['\''db'\'']; echo $c['\''host'\''], '\'' '\'', $c['\''base'\''], '\'' '\'', $c['\''user'\''], PHP_EOL;') || fail 'the tool does not tell the address'
  out=$${out%%[[:space:]]*}
  with_port "$out"
}
with_port() { case $1 in *:*) printf '%s' "$1" ;; *) printf '%s:5432' "$1" ;; esac; }

want=$(with_port "$address")
now=$(seen)
if [ "$now" = "$want" ]; then
  say "the app is at $want already"
else
  'php' '/var/www/FreshRSS/cli/reconfigure.php' '--db-host' 'postgresql.service.consul' || fail 'the tool does not change the address'
  now=$(seen)
  [ "$now" = "$want" ] || fail "the app's own file says $now, not $want"
  say "the app was pointed at $want"
fi
rm -f "$keep"
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
        attempts = 3
        interval = "5m"
        delay    = "5s"
        mode     = "fail"
      }
    }
  }
}
