INSERT INTO data_source (org_id, version, type, name, access, url, json_data, uid)
SELECT 1, 1, 'prometheus', 'Prometheus ' || left(md5(random()::text), 6) || n, 'proxy', 'http://prometheus.example:9090', '{"httpMethod": "POST", "exemplars": []}', left(md5(random()::text || n), 12)
FROM generate_series(1, 3) AS n;

INSERT INTO dashboard (version, slug, title, data, org_id, created, updated, uid)
SELECT 2, 'dash-' || n, (ARRAY['Poraba elektrike', 'Нагрузка на узлы', 'Κατανάλωση', '温度と湿度', 'استهلاك الشبكة', 'Node 🖥 overview'])[1 + n % 6] || ' ' || n,
       jsonb_build_object('tags', jsonb_build_array('home', 't' || n % 5), 'refresh', '30s', 'panels',
         (SELECT jsonb_agg(jsonb_build_object('id', p, 'type', 'timeseries', 'title', md5((n * p)::text), 'targets', jsonb_build_array(jsonb_build_object('expr', 'rate(node_cpu_seconds_total{mode="idle"}[5m])', 'refId', 'A')), 'gridPos', jsonb_build_object('x', p % 24, 'y', p / 2, 'w', 12, 'h', 8.50))) FROM generate_series(1, 4 + n % 9) AS p)),
       1, timestamp '2023-01-01' + n * interval '3 days', now(), left(md5(random()::text || n), 14)
FROM generate_series(1, greatest(10, (:kilobytes * 0.12)::int)) AS n;

INSERT INTO dashboard_version (dashboard_id, version, created, message, data)
SELECT d.id, v, d.created, 'spremenjeno ' || v, d.data FROM dashboard d, generate_series(1, 2) AS v ON CONFLICT DO NOTHING;

INSERT INTO annotation (org_id, dashboard_id, text, tags, epoch, epoch_end)
SELECT 1, (SELECT max(id) FROM dashboard), 'deploy ' || md5(n::text), 'nomad,deploy', 1700000000000 + n * 1000, CASE WHEN n % 2 = 0 THEN 1700000000000 + n * 1500 ELSE 0 END
FROM generate_series(1, greatest(50, (:kilobytes * 0.8)::int)) AS n;

INSERT INTO kv_store (org_id, namespace, key, value) SELECT 1, 'alerting', gen_random_uuid()::text, E'tab\there, newline\nthere, backslash \\ and '' quote' FROM generate_series(1, 10);
REFRESH MATERIALIZED VIEW dashboards_by_month;
ANALYZE;
