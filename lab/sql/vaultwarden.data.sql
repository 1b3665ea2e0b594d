CREATE TEMPORARY TABLE fresh AS SELECT n, gen_random_uuid()::text AS id FROM generate_series(1, 6) AS n;
INSERT INTO users (uuid, created_at, updated_at, email, name, password_hash, salt, password_hint, akey, security_stamp)
SELECT id, now(), now(), left(id, 8) || '@vault.example', (ARRAY['Maja', 'Ольга', 'Σοφία', '花子', 'יעל', 'Øyvind 🐟'])[n], digest(id, 'sha256'), gen_random_bytes(64),
       CASE WHEN n = 2 THEN 'имя кота' END, '2.' || encode(gen_random_bytes(48), 'base64'), gen_random_uuid()::text
FROM fresh;

INSERT INTO folders SELECT gen_random_uuid()::text, now(), now(), id, '2.' || encode(gen_random_bytes(24), 'base64') FROM fresh, generate_series(1, 3);
INSERT INTO devices (uuid, user_uuid, name, atype, refresh_token) SELECT gen_random_uuid()::text, id, 'firefox', 10, encode(gen_random_bytes(64), 'base64') FROM fresh;

INSERT INTO ciphers (uuid, created_at, updated_at, user_uuid, atype, name, notes, data, password_history, deleted_at)
SELECT gen_random_uuid()::text, timestamp '2022-01-01' + n * interval '1 hour', now(), f.id, 1 + n % 4, '2.' || encode(gen_random_bytes(32), 'base64') || '|' || md5(n::text),
       CASE WHEN n % 7 = 0 THEN '2.' || encode(gen_random_bytes(200), 'base64') END,
       jsonb_build_object('kind', 'k' || n % 5, 'username', '2.' || encode(gen_random_bytes(32), 'base64'), 'password', '2.' || encode(gen_random_bytes(48), 'base64'), 'totp', NULL)::text,
       CASE WHEN n % 6 = 0 THEN '[]' END, CASE WHEN n % 25 = 0 THEN timestamp '2025-05-05 05:05:05.050505' END
FROM generate_series(1, greatest(30, (:kilobytes * 1.1)::int)) AS s(n) JOIN (SELECT n AS k, id FROM fresh) AS f ON f.k = 1 + s.n % 6;

INSERT INTO folders_ciphers
SELECT c.uuid, (SELECT min(d.uuid) FROM folders d WHERE d.user_uuid = c.user_uuid) FROM ciphers c WHERE c.user_uuid IN (SELECT id FROM fresh) AND c.atype = 1;
INSERT INTO attachments SELECT md5(uuid), uuid, 'račun – чек – 領収書.pdf', 1234, NULL FROM ciphers WHERE atype = 2 ON CONFLICT DO NOTHING;
INSERT INTO event SELECT gen_random_uuid()::text, 1000 + n % 8, NULL, now(), '192.0.2.' || n % 250, n % 20 FROM generate_series(1, greatest(30, :kilobytes)) AS n;
ANALYZE;
