-- History of the years before: bulk rows in the app's own table, without a ledger token.
-- :kilobytes is about the size on disk that is added; :part of :parts lets sessions share the work.
INSERT INTO results (service, ping, download, upload, comments, data, status, scheduled, healthy, created_at, updated_at)
SELECT
  (ARRAY['ookla', 'librespeed', 'faker'])[1 + n % 3],
  round((4 + random() * 60)::numeric, 3),
  (2e7 + random() * 9e8)::bigint,
  (5e6 + random() * 9e7)::bigint,
  CASE WHEN n % 50 = 0 THEN (ARRAY['po nevihti', 'после грозы', 'μετά την καταιγίδα', '雷雨の後', 'بعد العاصفة', 'after the storm ⛈'])[1 + n % 6] END,
  jsonb_build_object(
    'type', 'result', 'timestamp', to_char(timestamp '2021-01-01' + n * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'server', (ARRAY['Ljubljana – Šiška', 'Москва, МТС', 'Αθήνα · Cosmote', '東京・さくら', 'تل أبيب / القاهرة', 'Zürich 🚀'])[1 + n % 6],
    'ping', jsonb_build_object('jitter', round((random() * 5)::numeric, 3), 'latency', round((random() * 60)::numeric, 3)),
    'interface', jsonb_build_object('name', 'eth0', 'isVpn', n % 7 = 0, 'macAddr', md5(n::text)),
    'samples', left(repeat(md5((n * :parts + :part)::text) || md5((-n)::text), 12), 700)),
  (ARRAY['completed', 'completed', 'completed', 'failed', 'skipped'])[1 + n % 5]::result_status,
  n % 4 <> 0, CASE WHEN n % 9 = 0 THEN NULL ELSE n % 5 < 3 END,
  timestamp '2021-01-01' + n * interval '1 minute', timestamp '2021-01-01' + n * interval '1 minute' + interval '25 seconds'
FROM generate_series(1, greatest(10, (:kilobytes / :parts * 0.78)::int)) AS n;

INSERT INTO sessions (id, user_id, ip_address, user_agent, payload, last_activity)
SELECT md5(random()::text || n), 1, '192.0.2.' || n % 250, 'Mozilla/5.0 (X11; Linux x86_64)', encode(sha256(n::text::bytea), 'base64'), 1700000000 + n
FROM generate_series(1, 20) AS n;

INSERT INTO jobs (queue, payload, attempts, available_at, created_at)
SELECT 'default', jsonb_build_object('displayName', 'App\Jobs\RunSpeedtest', 'uuid', gen_random_uuid())::text, n % 3, 1700000000 + n, 1700000000 + n
FROM generate_series(1, 20) AS n;

ANALYZE results;
