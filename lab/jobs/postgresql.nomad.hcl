# Shared PostgreSQL for the house. One server, one database per service.
#
# New service:
#   1. vault kv put secret/postgres/<service> password="$(openssl rand -hex 24)"
#   2. add a block to the template of init-databases below
#   3. nomad job run jobs/src/postgresql.nomad.hcl   (safe to repeat)
job "postgresql" {
  datacenters = ["dc1"]
  type        = "service"

  group "postgresql" {
    count = 1

    network {
      mode = "host"
      port "db" {
        static = __POSTGRES_PORT__
      }
    }

    volume "data" {
      type            = "host"
      source          = "postgresql_data"
      access_mode     = "single-node-single-writer"
      attachment_mode = "file-system"
    }

    volume "dumps" {
      type            = "host"
      source          = "postgresql_dumps"
      access_mode     = "single-node-single-writer"
      attachment_mode = "file-system"
    }

    service {
      name     = "postgresql"
      provider = "nomad"
      port     = "db"

      check {
        type     = "tcp"
        interval = "5s"
        timeout  = "2s"
      }
    }

    # The NFS days taught us: look at the permissions before the server does.
    task "check-volume" {
      driver = "__DRIVER__"
      user   = "postgres"

      lifecycle {
        hook    = "prestart"
        sidecar = false
      }

      config {
        __POSTGRES_IMAGE__
        __HOST_NETWORK__
        command = "/bin/sh"
        args    = ["-c", "touch /data/.writable && rm /data/.writable || { ls -lan /data; exit 1; }"]
      }

      volume_mount {
        volume      = "data"
        destination = "/data"
      }

      resources {
        cpu    = 50
        memory = 32
      }
    }

    task "postgres" {
      driver       = "__DRIVER__"
      user         = "postgres"
      kill_signal  = "SIGINT"
      kill_timeout = "30s"

      vault {
        role = "postgresql"
      }

      config {
        __POSTGRES_IMAGE__
        __HOST_NETWORK__
        command = "/bin/sh"
        args    = ["/local/start.sh"]
      }

      env {
        PGDATA = "/var/lib/postgresql/data/pgdata"
        PGPORT = "${NOMAD_PORT_db}"
        PGUSER = "postgres"
        TZ     = "UTC"
      }

      template {
        destination = "secrets/admin-password"
        change_mode = "noop"
        data        = <<EOH
{{ with secret "secret/data/postgres/admin" }}{{ .Data.data.password }}{{ end }}
EOH
      }

      template {
        destination = "local/start.sh"
        change_mode = "noop"
        perms       = "0755"
        data        = <<EOH
#!/bin/sh
set -eu
umask 077
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username=postgres --pwfile=/secrets/admin-password --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=peer --auth-host=scram-sha-256
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
fi
exec postgres \
  -c listen_addresses="$NOMAD_IP_db,127.0.0.1" \
  -c unix_socket_directories=/var/run/postgresql \
  -c password_encryption=scram-sha-256 \
  -c max_connections=100 \
  -c shared_buffers=128MB
EOH
      }

      volume_mount {
        volume      = "data"
        destination = "/var/lib/postgresql/data"
      }

      resources {
        cpu    = 500
        memory = 512
      }
    }

    # Creates databases and users. Runs at every deployment and changes nothing that is already there.
    task "init-databases" {
      driver = "__DRIVER__"
      user   = "postgres"

      lifecycle {
        hook    = "poststart"
        sidecar = false
      }

      vault {
        role = "postgresql"
      }

      config {
        __POSTGRES_IMAGE__
        __HOST_NETWORK__
        command = "/bin/sh"
        args    = ["/local/init.sh"]
      }

      env {
        PGHOST = "127.0.0.1"
        PGPORT = "${NOMAD_PORT_db}"
        PGUSER = "postgres"
      }

      template {
        destination = "secrets/admin.env"
        env         = true
        change_mode = "noop"
        data        = <<EOH
PGPASSWORD={{ with secret "secret/data/postgres/admin" }}{{ .Data.data.password }}{{ end }}
EOH
      }

      template {
        destination = "local/init.sh"
        change_mode = "noop"
        perms       = "0755"
        data        = <<EOH
#!/bin/sh
set -eu
until pg_isready -q; do sleep 0.2; done
exec psql -v ON_ERROR_STOP=1 -q -d postgres -f /secrets/init.sql
EOH
      }

      template {
        destination = "secrets/init.sql"
        change_mode = "noop"
        data        = <<EOH
__INIT_BLOCKS__
EOH
      }

      resources {
        cpu    = 100
        memory = 64
      }
    }

    # Every night, kept for a week.
    task "postgres-backup" {
      driver = "__DRIVER__"
      user   = "postgres"

      lifecycle {
        hook    = "poststart"
        sidecar = true
      }

      vault {
        role = "postgresql"
      }

      config {
        __POSTGRES_IMAGE__
        __HOST_NETWORK__
        command = "/bin/sh"
        args    = ["/local/backup.sh"]
      }

      env {
        PGHOST = "127.0.0.1"
        PGPORT = "${NOMAD_PORT_db}"
        PGUSER = "postgres"
        TZ     = "UTC"
      }

      template {
        destination = "secrets/admin.env"
        env         = true
        change_mode = "noop"
        data        = <<EOH
PGPASSWORD={{ with secret "secret/data/postgres/admin" }}{{ .Data.data.password }}{{ end }}
EOH
      }

      template {
        destination = "local/backup.sh"
        change_mode = "noop"
        perms       = "0755"
        data        = <<EOH
#!/bin/sh
set -u
umask 077
trap 'exit 0' INT TERM
while :; do
  now=$(date +%s)
  # 02:00 UTC
  sleep $(( (86400 + 7200 - now % 86400) % 86400 + 1 )) &
  wait $!
  file=/dumps/all-$(date +%Y%m%d).sql
  if pg_dumpall -f "$file.part"; then mv "$file.part" "$file"; else echo "backup failed" >&2; fi
  find /dumps -name 'all-*.sql' -mtime +7 -exec rm -f {} +
done
EOH
      }

      volume_mount {
        volume      = "dumps"
        destination = "/dumps"
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }
  }
}
