-- Forge: many tables without foreign keys, counters kept by a trigger, avatars as large objects, a search column.
ALTER DATABASE gitea SET default_text_search_config = 'pg_catalog.simple';
ALTER ROLE gitea IN DATABASE gitea SET statement_timeout = '5min';

CREATE TABLE version (id bigserial PRIMARY KEY, version bigint);
CREATE TABLE "user" (
  id bigserial PRIMARY KEY, lower_name varchar(255) NOT NULL UNIQUE, name varchar(255) NOT NULL UNIQUE, full_name varchar(255),
  email varchar(255) NOT NULL, passwd varchar(255) NOT NULL, salt varchar(32), type integer, is_active boolean, avatar oid,
  num_repos integer NOT NULL DEFAULT 0, created_unix bigint, CHECK (lower_name = lower(name)));
CREATE INDEX "IDX_user_is_active" ON "user" (is_active) WHERE is_active;
CREATE TABLE repository (
  id bigserial PRIMARY KEY, owner_id bigint REFERENCES "user" (id), lower_name varchar(255) NOT NULL, name varchar(255) NOT NULL, description text,
  topics text[], units jsonb NOT NULL DEFAULT '[]', size bigint NOT NULL DEFAULT 0, is_private boolean, created_unix bigint,
  CONSTRAINT "UQE_repository_s" UNIQUE (owner_id, lower_name) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE issue (
  id bigserial PRIMARY KEY, repo_id bigint NOT NULL REFERENCES repository (id) ON DELETE CASCADE, index bigint NOT NULL, poster_id bigint,
  name varchar(255), content text, is_closed boolean NOT NULL DEFAULT false, created_unix bigint,
  search tsvector GENERATED ALWAYS AS (to_tsvector('pg_catalog.simple', coalesce(name, '') || ' ' || coalesce(content, ''))) STORED,
  UNIQUE (repo_id, index));
CREATE INDEX "IDX_issue_search" ON issue USING gin (search);
CREATE INDEX "IDX_issue_open" ON issue (repo_id, created_unix DESC NULLS LAST) WHERE NOT is_closed;
CREATE TABLE comment (
  id bigserial PRIMARY KEY, type integer, poster_id bigint, issue_id bigint REFERENCES issue (id) ON DELETE CASCADE, content text, patch bytea, created_unix bigint);
CREATE INDEX "IDX_comment_issue_id" ON comment (issue_id);
CREATE TABLE access_token (
  id bigserial PRIMARY KEY, uid bigint, name varchar(255), token_hash varchar(255) UNIQUE, scope varchar(255), created_unix bigint);
CREATE SEQUENCE lfs_lock_seq AS integer INCREMENT BY 7 MINVALUE 3 MAXVALUE 100000 START WITH 10 CACHE 5 CYCLE;

CREATE FUNCTION count_repositories() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    UPDATE "user" SET num_repos = num_repos + 1 WHERE id = NEW.owner_id;
  END IF;
  IF TG_OP IN ('DELETE', 'UPDATE') THEN
    UPDATE "user" SET num_repos = num_repos - 1 WHERE id = OLD.owner_id;
  END IF;
  RETURN NULL;
END
$body$;
CREATE TRIGGER repository_counter AFTER INSERT OR DELETE OR UPDATE OF owner_id ON repository FOR EACH ROW EXECUTE FUNCTION count_repositories();
COMMENT ON FUNCTION count_repositories() IS 'Keeps "user".num_repos; don''t update that column by hand';
INSERT INTO version (version) VALUES (305);
