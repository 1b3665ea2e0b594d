INSERT INTO "Logs" ("Message", "Time", "Logger", "Exception", "ExceptionType", "Level")
SELECT 'Запрос к indexer' || n % 9 || ': 検索 ' || md5(n::text), timestamptz '2025-06-01Z' + n * interval '90 seconds', (ARRAY['ReleaseSearchService', 'Newznab', 'HttpClient'])[1 + n % 3],
       CASE WHEN n % 11 = 0 THEN repeat(E'at Http.Send() in /src/Http.cs:line 42\n', 6) END, CASE WHEN n % 11 = 0 THEN 'HttpException' END,
       CASE WHEN n % 11 = 0 THEN 'Error' ELSE 'Info' END
FROM generate_series(1, greatest(100, (:kilobytes * 4)::int)) AS n;
ANALYZE;
