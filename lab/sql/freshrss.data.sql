INSERT INTO admin_feed (url, category, name, website, attributes)
SELECT 'https://feeds.example/' || gen_random_uuid() || '.xml', 1 + n % 7, 'Feed № ' || n, 'https://site' || n || '.example', '{"timeout":10}'
FROM generate_series(1, 15) AS n;

INSERT INTO admin_entry (id, guid, title, author, content, link, date, "lastSeen", hash, is_read, is_favorite, id_feed, tags, attributes)
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 10 + n, 'urn:uuid:' || gen_random_uuid(),
       (ARRAY['Vreme za vikend', 'Погода на выходные', 'Ο καιρός το Σαββατοκύριακο', '週末の天気', 'حالة الطقس', 'מזג האוויר', 'Weekend weather ☀️'])[1 + n % 7] || ' ' || n,
       CASE WHEN n % 3 = 0 THEN 'Ursula K.' END, '<p>' || repeat(md5(n::text) || ' žvrgolenje 東京 ', 12 + n % 20) || '</p>',
       'https://site.example/a/' || n, 1700000000 + n * 60, 1700000000 + n * 61, decode(md5(n::text), 'hex'), (n % 4 <> 0)::int, (n % 40 = 0)::int,
       (SELECT max(id) FROM admin_feed) - n % 15, '#' || n % 12, CASE WHEN n % 5 = 0 THEN jsonb_build_object('enclosures', jsonb_build_array(n, 'audio/mpeg', NULL)) END
FROM generate_series(1, greatest(100, (:kilobytes * 0.75)::int)) AS n;

INSERT INTO admin_entrytag SELECT 1 + id % 3, id FROM admin_entry WHERE is_favorite = 1 ON CONFLICT DO NOTHING;
UPDATE admin_feed f SET "cache_nbEntries" = (SELECT count(*) FROM admin_entry e WHERE e.id_feed = f.id);
ANALYZE;
