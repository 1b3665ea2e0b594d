-- The server's databases as assignments for sh, every byte as it is: DATABASE_n, FOLDER_n (as src/shared/file-name.ts makes
-- them), DATABASES. Left out: templates, closed databases (tombstones), what an interrupted DROP left, and the scratch
-- databases of a way back.
\set QUIET on
set standard_conforming_strings = on;
with known as (
  select row_number() over (order by datname) as n, datname::text as name,
    convert_to(datname::text, getdatabaseencoding()) as raw
  from pg_catalog.pg_database
  where datallowconn and not datistemplate and datconnlimit <> -2
    and datname !~ '__back_[0-9]{8}_[0-9]{6}_[a-z0-9]{4}$'
), bytes as (
  select n, i, get_byte(raw, i) as b from known, generate_series(0, length(raw) - 1) as i
), folders as (
  select n, string_agg(
    case
      when b between 48 and 57 or b between 65 and 90 or b between 97 and 122 or b = 95 or (b = 45 and i > 0) then chr(b)
      else case when i = 0 then '-' else '' end || '.' || lpad(to_hex(b), 2, '0')
    end, '' order by i) as folder
  from bytes group by n
)
select 'DATABASE_' || n || '=''' || replace(name, '''', '''\''''') || '''' from known
union all
select 'FOLDER_' || n || '=' || folder from folders
union all
select 'DATABASES=' || count(*) from known;
