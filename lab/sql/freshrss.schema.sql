-- Feed reader: one set of tables per user, ids from the microsecond clock, words searched by trigrams.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE admin_category (
  id serial PRIMARY KEY, name varchar(191) UNIQUE NOT NULL, kind smallint DEFAULT 0, "lastUpdate" bigint DEFAULT 0, error smallint DEFAULT 0, attributes text);
CREATE TABLE admin_feed (
  id serial PRIMARY KEY, url varchar(32768) NOT NULL, kind smallint DEFAULT 0,
  category integer DEFAULT 0 REFERENCES admin_category (id) ON DELETE SET NULL ON UPDATE CASCADE, name varchar(255) NOT NULL,
  website varchar(32768), description text, "lastUpdate" bigint DEFAULT 0, priority smallint NOT NULL DEFAULT 10,
  "pathEntries" varchar(4096), "httpAuth" varchar(1024), error smallint DEFAULT 0, ttl integer NOT NULL DEFAULT 0, attributes text,
  "cache_nbEntries" integer DEFAULT 0, "cache_nbUnreads" integer DEFAULT 0);
CREATE UNIQUE INDEX admin_url_index ON admin_feed (md5(url));
CREATE INDEX admin_name_index ON admin_feed (name);
CREATE INDEX admin_priority_index ON admin_feed (priority) WHERE priority > 0;
CREATE TABLE admin_entry (
  id bigint NOT NULL PRIMARY KEY, guid varchar(767) NOT NULL, title varchar(8192) NOT NULL, author varchar(1024), content text,
  link varchar(16383) NOT NULL, date bigint, "lastSeen" bigint DEFAULT 0, "lastUserModified" bigint DEFAULT 0, hash bytea,
  is_read smallint NOT NULL DEFAULT 0, is_favorite smallint NOT NULL DEFAULT 0,
  id_feed integer REFERENCES admin_feed (id) ON DELETE CASCADE ON UPDATE CASCADE, tags varchar(2048), attributes jsonb, UNIQUE (id_feed, guid));
CREATE INDEX admin_is_favorite_index ON admin_entry (is_favorite) WHERE is_favorite = 1;
CREATE INDEX admin_is_read_index ON admin_entry (is_read, id_feed);
CREATE INDEX "admin_lastSeen_index" ON admin_entry ("lastSeen");
CREATE INDEX admin_title_trgm_index ON admin_entry USING gin (title gin_trgm_ops);
CREATE TABLE admin_tag (id serial PRIMARY KEY, name varchar(191) UNIQUE NOT NULL, attributes text);
CREATE TABLE admin_entrytag (
  id_tag integer REFERENCES admin_tag (id) ON DELETE CASCADE, id_entry bigint REFERENCES admin_entry (id) ON DELETE CASCADE, PRIMARY KEY (id_tag, id_entry));
CREATE VIEW unread_per_feed AS
  SELECT f.id, f.name, count(e.id) FILTER (WHERE e.is_read = 0) AS unread FROM admin_feed f LEFT JOIN admin_entry e ON e.id_feed = f.id GROUP BY f.id;

INSERT INTO admin_category (name) VALUES ('Uncategorized'), ('Novice'), ('Новости'), ('Ειδήσεις'), ('ニュース'), ('أخبار'), ('Fun 🎉');
INSERT INTO admin_tag (name) VALUES ('later'), ('позже'), ('あとで');
