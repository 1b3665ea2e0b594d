-- Passwords: client-encrypted strings, ids made by the app, composite keys and no sequence at all.
CREATE EXTENSION IF NOT EXISTS pgcrypto;

CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE users (
  uuid char(36) PRIMARY KEY, created_at timestamp NOT NULL, updated_at timestamp NOT NULL, email text NOT NULL UNIQUE, name text NOT NULL,
  password_hash bytea NOT NULL, salt bytea NOT NULL, password_iterations integer NOT NULL DEFAULT 600000, password_hint text, akey text NOT NULL,
  private_key text, public_key text, totp_secret text, security_stamp text NOT NULL, equivalent_domains text NOT NULL DEFAULT '[]', enabled boolean NOT NULL DEFAULT true);
CREATE TABLE organizations (uuid varchar(40) PRIMARY KEY, name text NOT NULL, billing_email text NOT NULL);
CREATE TABLE folders (
  uuid char(36) PRIMARY KEY, created_at timestamp NOT NULL, updated_at timestamp NOT NULL, user_uuid char(36) NOT NULL REFERENCES users (uuid), name text NOT NULL);
CREATE TABLE ciphers (
  uuid char(36) PRIMARY KEY, created_at timestamp NOT NULL, updated_at timestamp NOT NULL, user_uuid char(36) REFERENCES users (uuid),
  organization_uuid varchar(40) REFERENCES organizations (uuid), atype integer NOT NULL, name text NOT NULL, notes text, fields text, data text NOT NULL,
  password_history text, deleted_at timestamp, reprompt integer, key text,
  CONSTRAINT one_owner CHECK ((user_uuid IS NULL) <> (organization_uuid IS NULL)));
CREATE INDEX ciphers_live_index ON ciphers (user_uuid, updated_at) WHERE deleted_at IS NULL;
CREATE INDEX ciphers_kind_index ON ciphers ((data::jsonb ->> 'kind'));
CREATE TABLE folders_ciphers (
  cipher_uuid char(36) NOT NULL REFERENCES ciphers (uuid), folder_uuid char(36) NOT NULL REFERENCES folders (uuid), PRIMARY KEY (cipher_uuid, folder_uuid));
CREATE TABLE attachments (
  id text PRIMARY KEY, cipher_uuid char(36) NOT NULL REFERENCES ciphers (uuid), file_name text NOT NULL, file_size bigint NOT NULL, akey text);
CREATE TABLE devices (
  uuid char(36) NOT NULL, user_uuid char(36) NOT NULL REFERENCES users (uuid), name text NOT NULL, atype integer NOT NULL, push_token text,
  refresh_token text NOT NULL, twofactor_remember text, PRIMARY KEY (uuid, user_uuid));
CREATE TABLE event (
  uuid char(36) PRIMARY KEY, event_type integer NOT NULL, user_uuid char(36), event_date timestamp NOT NULL, ip_address text, device_type integer);
CREATE VIEW trash AS SELECT uuid, name, deleted_at FROM ciphers WHERE deleted_at IS NOT NULL;
COMMENT ON COLUMN ciphers.data IS 'encrypted by the client; the server cannot read it';
INSERT INTO __diesel_schema_migrations (version) SELECT '2023' || lpad(n::text, 10, '0') FROM generate_series(1, 40) AS n;
