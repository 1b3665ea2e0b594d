INSERT INTO "History" ("IndexerId", "Date", "Data", "EventType", "Successful")
SELECT 1 + n % 9, timestamptz '2025-01-01Z' + n * interval '7 minutes', jsonb_build_object('query', (ARRAY['Мастер и Маргарита', 'Οδύσσεια', '雪国', 'ألف ليلة وليلة', 'Deseti brat 🎻'])[1 + n % 5],
       'source', md5(n::text), 'elapsedTime', (n % 900)::text)::text, 1 + n % 4, n % 13 <> 0
FROM generate_series(1, greatest(100, (:kilobytes * 3)::int)) AS n;
INSERT INTO "Config" ("Key", "Value") SELECT 'key ' || gen_random_uuid(), repeat('x', n) FROM generate_series(1, 5) AS n;
ANALYZE;
