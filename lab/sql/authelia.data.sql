WITH people AS (
  SELECT n, (ARRAY['ana', 'борис', 'ελένη', '健', 'מרים', 'zoë'])[1 + n % 6] || '-' || left(md5(random()::text || n), 8) AS username
  FROM generate_series(1, 12) AS n
), preferences AS (
  INSERT INTO user_preferences (username, second_factor_method)
  SELECT username, (ARRAY['totp', 'webauthn', 'mobile_push'])[1 + n % 3]::second_factor FROM people RETURNING username
), totp AS (
  INSERT INTO totp_configurations (username, issuer, secret) SELECT username, 'home.example', sha256(username::bytea) FROM preferences RETURNING username
), keys AS (
  INSERT INTO webauthn_credentials (rpid, username, description, kid, transport, public_key, attestation)
  SELECT 'auth.home.example', username, 'ključ 🔑', encode(sha512(username::bytea), 'base64'), ARRAY['usb', 'nfc'],
         sha384(username::bytea) || '\x00ff'::bytea, '{"fmt": "packed", "x5c": [null, true, 1.50]}'
  FROM preferences RETURNING username
)
INSERT INTO user_opaque_identifier (service, username, identifier) SELECT 'openid', username, gen_random_uuid()::text FROM preferences;

INSERT INTO authentication_logs ("time", successful, banned, username, auth_type, remote_ip, request_uri, request_method)
SELECT timestamptz '2024-02-01Z' + (n % 1000) * interval '21 hours 37 minutes 0.123457 seconds', n % 11 <> 0, n % 97 = 0, (ARRAY['ana', 'борис', 'ελένη', '健'])[1 + n % 4],
       (ARRAY['1FA', 'TOTP', 'Webauthn'])[1 + n % 3], ('192.0.2.' || n % 250)::inet, 'https://auth.home.example/?rd=' || md5(n::text), 'POST'
FROM generate_series(1, greatest(200, (:kilobytes * 4.5)::int)) AS n;
ANALYZE;
