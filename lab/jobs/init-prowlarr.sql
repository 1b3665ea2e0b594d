
-- ---------------------------------------------------------------- prowlarr
-- Wants two databases (main and log), one user for both.
SELECT 'CREATE DATABASE prowlarr_main' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'prowlarr_main')\gexec
SELECT 'CREATE DATABASE prowlarr_log' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'prowlarr_log')\gexec
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'prowlarr') THEN
    CREATE ROLE prowlarr LOGIN PASSWORD '{{ with secret "secret/data/postgres/prowlarr" }}{{ .Data.data.password }}{{ end }}';
  END IF;
END $$;
ALTER DATABASE prowlarr_main OWNER TO prowlarr;
ALTER DATABASE prowlarr_log OWNER TO prowlarr;
GRANT ALL PRIVILEGES ON DATABASE prowlarr_main TO prowlarr;
GRANT ALL PRIVILEGES ON DATABASE prowlarr_log TO prowlarr;
