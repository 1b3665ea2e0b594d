job "postgresql" {
  group "postgresql" {
    task "init-databases" {
      driver = "exec"
      config { command = "/local/init.sh" }

      template {
        destination = "local/init.sh"
        data        = <<EOH
#!/bin/sh
# Wait for PostgreSQL
until pg_isready; do sleep 1; done

psql -U postgres <<'SQL'
\set ON_ERROR_STOP 1

-- FreshRSS
SELECT 'CREATE DATABASE freshrss' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'freshrss')\gexec
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'freshrss') THEN
    CREATE USER freshrss WITH ENCRYPTED PASSWORD '{{ with secret "secret/data/postgres/freshrss" }}{{ .Data.data.password }}{{ end }}';
  END IF;
END $$;
GRANT ALL PRIVILEGES ON DATABASE freshrss TO freshrss;

\c postgres
-- Speedtest-UI is another service
SELECT 'CREATE DATABASE "speedtest-ui"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'speedtest-ui')\gexec
GRANT ALL PRIVILEGES ON DATABASE "speedtest-ui" TO vaultwarden;
SQL
echo "freshrss, speedtest and the rest are there"
EOH
      }
    }
  }
}
