-- ---------------------------------------------------------------- __SERVICE__
SELECT 'CREATE DATABASE __SERVICE__' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '__SERVICE__')\gexec
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '__SERVICE__') THEN
    CREATE ROLE __SERVICE__ LOGIN PASSWORD '{{ with secret "secret/data/postgres/__SERVICE__" }}{{ .Data.data.password }}{{ end }}';
  END IF;
END $$;
ALTER DATABASE __SERVICE__ OWNER TO __SERVICE__;
GRANT ALL PRIVILEGES ON DATABASE __SERVICE__ TO __SERVICE__;
