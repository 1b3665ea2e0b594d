WITH fresh AS (SELECT n, left(md5(random()::text || n), 10) AS suffix FROM generate_series(1, 10) AS n)
INSERT INTO "user" (lower_name, name, full_name, email, passwd, salt, type, is_active, avatar, created_unix)
SELECT 'user' || suffix, 'User' || suffix, (ARRAY['Žiga Čuk', 'Наталья Ёлкина', 'Αλέξανδρος', '山田太郎', 'محمد علي', 'Renée 🦊'])[1 + n % 6], suffix || '@git.example',
       encode(sha256(suffix::bytea), 'hex'), left(md5(suffix), 32), 0, n % 4 <> 0,
       CASE WHEN n % 2 = 0 THEN lo_from_bytea(0, decode(repeat(md5(suffix), 200 + n), 'hex') || '\x89504e470d0a1a0a00'::bytea) END, 1700000000 + n
FROM fresh;

INSERT INTO repository (owner_id, lower_name, name, description, topics, units, size, is_private, created_unix)
SELECT (SELECT max(id) FROM "user") - n % 10, 'repo-' || md5(n || random()::text), 'Repo-' || n, 'Домашний кластер / οικιακό σύμπλεγμα / 家庭クラスタ', ARRAY['nomad', 'vault', 'šport'],
       jsonb_build_array(jsonb_build_object('type', n % 8, 'config', NULL)), n * 1000, n % 3 = 0, 1700000000 + n
FROM generate_series(1, 20) AS n;

INSERT INTO issue (repo_id, index, poster_id, name, content, is_closed, created_unix)
SELECT r.id, n, r.owner_id, 'Fix № ' || n, repeat('Stack trace ' || md5(n::text) || ' строка γραμμή 行 ', 3), n % 3 = 0, 1700000000 + n
FROM (SELECT id, owner_id FROM repository ORDER BY id DESC LIMIT 20) AS r, generate_series(1, greatest(5, (:kilobytes * 0.02)::int)) AS n;

INSERT INTO comment (type, poster_id, issue_id, content, patch, created_unix)
SELECT n % 30, i.poster_id, i.id, 'LGTM 👍 ' || md5(n::text || i.id), CASE WHEN n = 2 THEN decode(md5(i.id::text) || '00ff0a5c', 'hex') END, 1700000000 + n
FROM (SELECT id, poster_id FROM issue ORDER BY id DESC LIMIT greatest(100, (:kilobytes * 0.4)::int)) AS i, generate_series(1, 3) AS n;

INSERT INTO access_token (uid, name, token_hash, scope) SELECT id, 'ci', encode(sha512(name::bytea), 'hex'), 'write:repository' FROM "user" ON CONFLICT DO NOTHING;
SELECT nextval('lfs_lock_seq') FROM generate_series(1, 12);
ANALYZE;
