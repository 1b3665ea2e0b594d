-- Dashboards: JSON documents with versions, annotations, and a reader role that a wall display uses.
CREATE TABLE migration_log (
  id serial PRIMARY KEY, migration_id varchar(255) NOT NULL, sql text NOT NULL, success boolean NOT NULL, error text NOT NULL, "timestamp" timestamp NOT NULL);
CREATE TABLE org (id serial PRIMARY KEY, version integer NOT NULL, name varchar(190) NOT NULL UNIQUE, created timestamp NOT NULL, updated timestamp NOT NULL);
CREATE TABLE data_source (
  id serial PRIMARY KEY, org_id bigint NOT NULL REFERENCES org (id), version integer NOT NULL, type varchar(255) NOT NULL, name varchar(190) NOT NULL,
  access varchar(255) NOT NULL, url varchar(255) NOT NULL, json_data jsonb, secure_json_data text, uid varchar(40) NOT NULL DEFAULT '0',
  UNIQUE (org_id, name), UNIQUE (org_id, uid));
CREATE TABLE dashboard (
  id serial PRIMARY KEY, version integer NOT NULL, slug varchar(189) NOT NULL, title varchar(189) NOT NULL, data jsonb NOT NULL,
  org_id bigint NOT NULL REFERENCES org (id), created timestamp NOT NULL, updated timestamp NOT NULL, is_folder boolean NOT NULL DEFAULT false,
  uid varchar(40), panels integer GENERATED ALWAYS AS (jsonb_array_length(data -> 'panels')) STORED);
CREATE UNIQUE INDEX "UQE_dashboard_org_id_uid" ON dashboard (org_id, uid);
CREATE INDEX dashboard_tags_index ON dashboard USING gin ((data -> 'tags') jsonb_path_ops);
CREATE INDEX dashboard_title_index ON dashboard (lower(title) text_pattern_ops);
CREATE TABLE dashboard_version (
  id serial PRIMARY KEY, dashboard_id bigint NOT NULL REFERENCES dashboard (id) ON DELETE CASCADE, version integer NOT NULL, created timestamp NOT NULL,
  message text NOT NULL, data jsonb NOT NULL, UNIQUE (dashboard_id, version));
CREATE TABLE annotation (
  id bigserial PRIMARY KEY, org_id bigint NOT NULL, dashboard_id bigint, text text NOT NULL, tags varchar(500), epoch bigint NOT NULL,
  epoch_end bigint NOT NULL DEFAULT 0, CHECK (epoch_end = 0 OR epoch_end >= epoch));
CREATE INDEX annotation_epoch_index ON annotation USING brin (epoch);
CREATE TABLE kv_store (id serial PRIMARY KEY, org_id bigint NOT NULL, namespace varchar(190) NOT NULL, key varchar(190) NOT NULL, value text NOT NULL, UNIQUE (org_id, namespace, key));
CREATE MATERIALIZED VIEW dashboards_by_month AS
  SELECT date_trunc('month', created) AS month, count(*) AS dashboards, sum(panels) AS panels FROM dashboard GROUP BY 1;
CREATE UNIQUE INDEX dashboards_by_month_index ON dashboards_by_month (month);

GRANT USAGE ON SCHEMA public TO grafana_reader;
GRANT SELECT ON dashboard, annotation, dashboards_by_month TO grafana_reader;
GRANT SELECT (id, name, type) ON data_source TO grafana_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO grafana_reader;
INSERT INTO org (version, name, created, updated) VALUES (1, 'Main Org.', now(), now());
INSERT INTO migration_log (migration_id, sql, success, error, "timestamp") SELECT 'step ' || n, 'SELECT ' || n, true, '', now() FROM generate_series(1, 60) AS n;
