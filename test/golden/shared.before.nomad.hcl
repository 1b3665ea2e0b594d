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

-- Speedtest Tracker
-- (moved from SQLite; keep)
SELECT 'CREATE DATABASE speedtest' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'speedtest')\gexec
DO $$
BEGIN
  -- it's quoted; nothing ends here
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'speedtest') THEN
    CREATE USER speedtest WITH ENCRYPTED PASSWORD '{{ with secret "secret/data/postgres/speedtest" }}{{ .Data.data.password }}{{ end }}';
  END IF;
END $$;
ALTER DATABASE speedtest OWNER TO speedtest; -- since 15
GRANT ALL PRIVILEGES ON DATABASE speedtest TO speedtest;
\c speedtest
CREATE EXTENSION IF NOT EXISTS pg_trgm;

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
