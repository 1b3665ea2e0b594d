job "gitea" {
  datacenters = ["dc1"]
  group "gitea" {
    network {
      mode = "host"
      # >>> dbctl port e3b0c44298fc
      port "db" {
        static = 5435
      }
      # <<< dbctl port 844b7fca0efc
    }
    task "gitea" {
      driver = "docker"
      vault {}
      config {
        image        = "gitea/gitea:1.24"
        network_mode = "host"
      }
      env = {
        "GITEA__database__DB_TYPE" = "postgres"
        "GITEA__database__HOST"    = "127.0.0.1:5435"
        "GITEA__database__NAME"    = "gitea"
        "GITEA__database__USER"    = "gitea"
      }
      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOF
GITEA__database__PASSWD={{ with secret "secret/data/postgres/gitea" }}{{ .Data.data.password }}{{ end }}
EOF
      }
    }
    # >>> dbctl part 61b09f0a7f08
    # was {"task":"gitea","place":"env","key":"GITEA__database__HOST","form":"host:port","from":"\"10.0.0.5:5432\"","to":"\"127.0.0.1:5435\""}
    # Rendered by dbctl: change dbctl.yaml, not these lines. "was" keeps what dbctl changed in this file.
    volume "postgres_data" {
      type            = "host"
      source          = "speedtest_postgres_data"
      access_mode     = "single-node-single-writer"
      attachment_mode = "file-system"
      read_only       = false
    }

    volume "db_backups" {
      type            = "host"
      source          = "db-backups"
      access_mode     = "single-node-multi-writer"
      attachment_mode = "file-system"
      read_only       = false
    }

    service {
      name     = "speedtest-postgres"
      provider = "nomad"
      port     = "db"
      address  = "127.0.0.1" # the server listens on loopback only

      check {
        type     = "tcp"
        interval = "10s"
        timeout  = "2s"
      }
    }

    task "postgres" {
      driver = "docker"
      user   = "postgres"

      lifecycle {
        hook    = "prestart"
        sidecar = true
      }

      config {
        image        = "postgres:16-alpine"
        entrypoint   = ["/bin/sh"]
        args         = ["${NOMAD_TASK_DIR}/entry.sh"]
        network_mode = "host"
        shm_size     = 268435456
      }

      kill_signal  = "SIGINT"
      kill_timeout = "60s"

      env {
        PGDATA            = "/var/lib/postgresql/data/pgdata"
        PGHOST            = "${NOMAD_ALLOC_DIR}/pg"
        PGPORT            = "5435"
        PGUSER            = "postgres"
        PGDATABASE        = "postgres"
        PGCONNECT_TIMEOUT = "5"
      }

      volume_mount {
        volume      = "postgres_data"
        destination = "/var/lib/postgresql/data"
        read_only   = false
      }

      volume_mount {
        volume      = "db_backups"
        destination = "/backups"
        read_only   = true
      }

      template {
        destination = "local/entry.sh"
        change_mode = "noop"
        data        = <<EOT
#!/bin/sh
# Starts PostgreSQL on the data volume: one server at a time, and a new cluster only where none is expected.
set -eu
umask 077

major=16
port=5435
mount='/var/lib/postgresql/data'
data="$mount/pgdata"
backups='/backups/gitea'
state='/backups/gitea/state'

say() { printf 'dbctl: %s\n' "$*"; }
refuse() { printf 'dbctl: refused: %s\n' "$*" >&2; exit 1; }

# Debian keeps the server's programs off PATH.
bin="/usr/lib/postgresql/$major/bin"
if [ -x "$bin/postgres" ]; then PATH="$bin:$PATH"; export PATH; fi
for tool in postgres initdb pg_controldata flock; do
  command -v "$tool" >/dev/null || refuse "$tool is not in this image"
done
set -- $(postgres -V)
[ "$${3%%[!0-9]*}" = "$major" ] || refuse "this is PostgreSQL $3, the jobspec says $major"
[ -w "$mount" ] || refuse "user $(id -u) cannot write to the data volume at $mount"

# The server inherits descriptor 9, so the lock lasts as long as any process of it. Busybox flock cannot wait by itself.
exec 9>>"$mount/.dbctl.lock"
tries=0
until flock -n 9; do
  [ "$tries" -lt 450 ] || refuse "another server still holds the data volume"
  [ "$((tries % 50))" -ne 0 ] || say "waiting for an older server to leave the data volume"
  tries=$((tries + 1))
  sleep 0.2
done

# A folder that cannot be read must not pass for "no state".
[ -r /backups ] && [ -x /backups ] || refuse "/backups cannot be read"
if [ -e "$backups" ]; then
  [ -r "$backups" ] && [ -x "$backups" ] || refuse "$backups cannot be read by user $(id -u)"
fi
want=new first= second= rest=
if [ -e "$state" ]; then
  [ "$(wc -l <"$state")" -le 1 ] || refuse "$state has more than one line"
  want=
  read -r want first second rest <"$state" || [ -n "$want" ] || refuse "$state is empty"
  [ -z "$rest" ] || refuse "$state has too many words"
  case "$want" in
    new | retired) run="$first"; [ -z "$second" ] || refuse "$state has too many words" ;;
    expected) run="$second" ;;
    *) refuse "$state holds an unknown word" ;;
  esac
  case "$run" in '' | *[!A-Za-z0-9-]*) refuse "$state names no run" ;; esac
fi

[ ! -e "$mount/PG_VERSION" ] || refuse "a cluster lies at $mount itself, not in $data"
[ ! -d "$data" ] || rmdir "$data" 2>/dev/null || :

if [ "$want" = retired ]; then
  # The retired folder is made even when there is nothing to move: it says that this has been done.
  old="$mount/pgdata.retired-$run"
  if [ ! -e "$old" ]; then
    if [ -e "$data" ]; then mv "$data" "$old"; else mkdir "$old"; fi
    sync "$mount"
    say "older data is kept in $old"
  fi
fi

if [ "$want" = expected ]; then
  [ -s "$data/PG_VERSION" ] || refuse "data of system $first is expected, but $data holds none"
  control=$(LC_ALL=C pg_controldata -D "$data")
  found=$(printf '%s\n' "$control" | sed -n 's/^Database system identifier: *//p')
  [ "$found" = "$first" ] || refuse "data of system $first is expected, but $data is of system $found"
fi

if [ ! -e "$data" ]; then
  say "making a new cluster in $data"
  rm -rf "$mount/pgdata.new"
  initdb -D "$mount/pgdata.new" -U postgres -k --encoding='UTF8' \
    --locale='C.UTF-8' --lc-collate='C.UTF-8' --lc-ctype='C.UTF-8' --lc-messages=C \
    --auth-local=peer --auth-host=scram-sha-256 >/dev/null
  # initdb has synced the files; only the new name is left.
  mv "$mount/pgdata.new" "$data"
  fresh=1
  sync "$mount"
fi
[ -s "$data/PG_VERSION" ] || refuse "$data is no PostgreSQL cluster"
read -r found <"$data/PG_VERSION"
[ "$found" = "$major" ] || refuse "$data is of PostgreSQL $found, this image is $major"

# The indexes are in the order of the C library that they were built under, and no server notices another one.
libc=glibc
for loader in /lib/ld-musl-*; do [ ! -e "$loader" ] || libc=musl; done
made=
if [ -s "$mount/.dbctl.libc" ]; then read -r made <"$mount/.dbctl.libc"; fi
if [ -z "$made" ] || [ "$${fresh:-}" = 1 ]; then
  printf '%s\n' "$libc" >"$mount/.dbctl.libc"
elif [ "$made" != "$libc" ]; then
  refuse "the indexes on this volume were built under $made, this image has $libc: text would be searched in another order. Go back to the image before, and move to the new one with dbctl"
fi

sockets="$NOMAD_ALLOC_DIR/pg"
socket="$sockets/.s.PGSQL.$port"
[ "$${#socket}" -le 107 ] || refuse "the socket path is longer than 107 bytes: $socket"
mkdir -p "$sockets"
chmod 0770 "$sockets"
exec postgres -D "$data" -c listen_addresses=127.0.0.1 -c port="$port" \
  -c unix_socket_directories="$sockets" -c unix_socket_permissions=0770 \
  -c password_encryption=scram-sha-256 -c shared_buffers=64MB
    EOT
      }

      resources {
        cpu    = 200
        memory = 256
      }

      logs {
        max_files     = 2
        max_file_size = 5
      }

      restart {
        attempts = 5
        interval = "5m"
        delay    = "5s"
        mode     = "delay"
      }
    }

    task "db-backup" {
      driver = "docker"
      user   = "postgres"

      lifecycle {
        hook    = "prestart"
        sidecar = true
      }

      config {
        image        = "postgres:16-alpine"
        entrypoint   = ["/bin/sh"]
        args         = ["${NOMAD_TASK_DIR}/toolbox.sh"]
        network_mode = "host"
      }

      env {
        PGDATA            = "/var/lib/postgresql/data/pgdata"
        PGHOST            = "${NOMAD_ALLOC_DIR}/pg"
        PGPORT            = "5435"
        PGUSER            = "postgres"
        PGDATABASE        = "postgres"
        PGCONNECT_TIMEOUT = "5"
      }

      volume_mount {
        volume      = "db_backups"
        destination = "/backups"
        read_only   = false
      }

      template {
        destination = "local/toolbox.sh"
        change_mode = "noop"
        data        = <<EOT
#!/bin/sh
# Backs up by the schedule in backup.env; restores and checks are started in here too. The programs lie on the backup volume,
# where dbctl puts them; they are named by their SHA-256, so that nothing else can be run.
set -eu
umask 077
backups='/backups/gitea'
mkdir -p "$backups" "$NOMAD_ALLOC_DIR/dbctl"
chmod 0700 "$backups" "$NOMAD_ALLOC_DIR/dbctl"

child=
trap '[ -z "$child" ] || kill "$child" 2>/dev/null || :; exit 0' TERM INT
# await COMMAND: in the background, so that a signal is heard.
await() {
  "$@" &
  child=$!
  wait "$child" || :
  child=
}

programs="$backups/programs/"'0123456789ab'
catalog="$NOMAD_ALLOC_DIR/dbctl/backups"
sums="$NOMAD_ALLOC_DIR/dbctl/programs.sums"

whole() {
  [ -f "$programs/schedule.sh" ] || return 1
  # The order is that of bytes, whatever the image's own language is.
  (LC_ALL=C && export LC_ALL && cd "$programs" && sha256sum ./* >"$sums.new") && sed 's|  \./|  |' "$sums.new" >"$sums" || return 1
  sum=$(sha256sum "$sums") || return 1
  case $sum in 0123456789ab*) ;; *) return 1 ;; esac
}

# A catalog that the programs wrote is not replaced: what it tells of the sets is still true.
missing() {
  mkdir -p "$catalog"
  [ ! -f "$catalog/catalog.json" ] || return 0
  printf '{"schema":"dbctl.catalog/1","service":"%s","written":"%s","schedule":null,"zone":null,"problem":"%s","sets":[],"attempts":[]}\n' \
    'gitea' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "the backup programs are missing or damaged: dbctl backup gitea puts them back" \
    >"$catalog/catalog.json.new"
  mv -f "$catalog/catalog.json.new" "$catalog/catalog.json"
}

told=
while :; do
  if whole; then
    told=
    await sh "$programs/schedule.sh"
  elif [ -z "$told" ]; then
    told=yes
    echo "the backup programs are missing or damaged"
    missing || echo "the catalog cannot be written"
  fi
  await sleep 30
done
    EOT
      }

      template {
        destination = "local/backup.env"
        change_mode = "noop"
        data        = <<EOT
SERVICE='gitea'
SERVICE_DIR='/backups/gitea'
PROGRAMS='0123456789ab'
SCHEDULE='30 2 * * *'
ZONE='UTC'
DATABASES='1'
DATABASE_1='speedtest'
FOLDER_1='speedtest'
KEEP_LAST='3'
KEEP_DAILY='7'
KEEP_WEEKLY='4'
KEEP_MONTHLY='6'
LOCK_WAIT='60'
OFFSITE='0'
AGE_RECIPIENTS=''
NOTIFY='0'
    EOT
      }

      resources {
        cpu    = 100
        memory = 128
      }

      logs {
        max_files     = 2
        max_file_size = 5
      }

      restart {
        attempts = 5
        interval = "5m"
        delay    = "5s"
        mode     = "delay"
      }
    }

    task "db-init" {
      driver = "docker"
      user   = "postgres"

      lifecycle {
        hook    = "prestart"
        sidecar = false
      }

      config {
        image        = "postgres:16-alpine"
        entrypoint   = ["/bin/sh"]
        args         = ["${NOMAD_TASK_DIR}/init.sh"]
        network_mode = "host"
      }

      vault {}

      env {
        PGDATA            = "/var/lib/postgresql/data/pgdata"
        PGHOST            = "${NOMAD_ALLOC_DIR}/pg"
        PGPORT            = "5435"
        PGUSER            = "postgres"
        PGDATABASE        = "postgres"
        PGCONNECT_TIMEOUT = "5"
      }

      template {
        destination = "local/init.sh"
        change_mode = "noop"
        data        = <<EOT
#!/bin/sh
# Makes role and database, and the password of Vault the one that works. Running it again changes nothing.
set -eu
umask 077
say() { printf 'dbctl: %s\n' "$*"; }
fail() { printf 'dbctl: failed: %s\n' "$*" >&2; exit 1; }

tries=0
until psql -XAtqw -c 'SELECT 1' >/dev/null 2>&1; do
  [ "$((tries % 50))" -ne 0 ] || say 'waiting for PostgreSQL'
  tries=$((tries + 1))
  sleep 0.2
done
psql -Xqw -f "$NOMAD_TASK_DIR/init.sql"

secret="$NOMAD_SECRETS_DIR/password"
[ -s "$secret" ] || fail 'Vault gave an empty password'
[ "$(wc -l <"$secret")" -eq 0 ] || fail 'the password in Vault has more than one line'
right="$NOMAD_SECRETS_DIR/right.pgpass"
wrong="$NOMAD_SECRETS_DIR/wrong.pgpass"
{ printf '*:*:*:*:'; sed 's/[\\:]/\\&/g' "$secret"; printf '\n'; } >"$right"
printf '*:*:*:*:not-%s-the-password\n' "$$" >"$wrong"
login() { PGPASSFILE="$1" psql -XAtqw -h 127.0.0.1 -U 'speedtest' -c 'SELECT 1' >/dev/null 2>&1; }

# A role that may not log in was closed on purpose: by a way back that is under way, or by the operator.
open=$(psql -XAtqw -c 'SELECT rolcanlogin FROM pg_roles WHERE rolname = '\''speedtest'\''')
if [ "$open" != t ]; then
  say 'the role may not log in now; its password is left as it is'
  : >"$NOMAD_ALLOC_DIR/db-init.done"
  exit 0
fi
if ! login "$right"; then
  psql -Xqw <<'SQL'
\set ON_ERROR_STOP 1
\set VERBOSITY terse
\set password `cat "$NOMAD_SECRETS_DIR/password"`
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
SET password_encryption = 'scram-sha-256';
ALTER ROLE "speedtest" PASSWORD :'password';
SQL
  login "$right" || fail 'the role cannot log in with the password in Vault'
fi
if login "$wrong"; then fail 'the server lets a wrong password in'; fi
rm -f "$right" "$wrong"
say 'role and database are ready'
# Nomad tells a task's end up to a second late (it batches such updates); dbctl looks for this file instead.
: >"$NOMAD_ALLOC_DIR/db-init.done"
    EOT
      }

      template {
        destination = "local/init.sql"
        change_mode = "noop"
        data        = <<EOT
-- Role, databases and marker of one service. Running it again changes nothing.
\set ON_ERROR_STOP 1
CREATE SCHEMA IF NOT EXISTS dbctl;
CREATE TABLE IF NOT EXISTS dbctl.marker (
  service text, database text, state text, run text, at timestamptz, PRIMARY KEY (service, database)
);

SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'speedtest') AS no_role,
       NOT EXISTS (SELECT FROM dbctl.marker WHERE service = 'gitea') AS unmarked
\gset
-- A marked database belongs to a run of dbctl or to the app: an empty one must never take its place.
\if :unmarked
  \if :no_role
    CREATE ROLE "speedtest" LOGIN;
  \endif
\endif

SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname = 'speedtest') AS no_database,
       EXISTS (SELECT FROM dbctl.marker WHERE service = 'gitea' AND database = 'speedtest' AND state = 'verified') AS verified
\gset
\if :unmarked
  \if :no_database
    CREATE DATABASE "speedtest" OWNER "speedtest" TEMPLATE template0
      ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
  \endif
\elif :verified
  \if :no_database
    DO $do$ BEGIN RAISE 'dbctl: the verified database is gone; an empty one is not made'; END $do$;
  \endif
\endif
    EOT
      }

      template {
        destination = "secrets/password"
        change_mode = "noop"
        data        = "{{ with secret \"secret/data/postgres/speedtest\" }}{{ index .Data.data \"password\" }}{{ end }}"
      }

      resources {
        cpu    = 50
        memory = 32
      }

      logs {
        max_files     = 2
        max_file_size = 5
      }

      restart {
        attempts = 5
        interval = "5m"
        delay    = "5s"
        mode     = "delay"
      }
    }

    task "db-gate" {
      driver = "docker"
      user   = "postgres"

      lifecycle {
        hook    = "prestart"
        sidecar = false
      }

      config {
        image        = "postgres:16-alpine"
        entrypoint   = ["/bin/sh"]
        args         = ["${NOMAD_TASK_DIR}/gate.sh"]
        network_mode = "host"
      }

      env {
        PGDATA            = "/var/lib/postgresql/data/pgdata"
        PGHOST            = "${NOMAD_ALLOC_DIR}/pg"
        PGPORT            = "5435"
        PGUSER            = "postgres"
        PGDATABASE        = "postgres"
        PGCONNECT_TIMEOUT = "5"
      }

      template {
        destination = "local/gate.sh"
        change_mode = "noop"
        data        = <<EOT
#!/bin/sh
# Holds the app back until its database is marked as verified.
set -eu
query='SELECT CASE WHEN bool_and(coalesce(m.state = '\''verified'\'' AND d.datallowconn, false)) THEN '\''verified'\''
ELSE min(m.state) FILTER (WHERE m.state <> '\''verified'\'') END
FROM unnest(ARRAY['\''speedtest'\'']) AS want (name)
LEFT JOIN dbctl.marker m ON m.service = '\''gitea'\'' AND m.database = want.name
LEFT JOIN pg_database d ON d.datname = want.name'
tries=0
while :; do
  state=$(psql -XAtqw -c "$query" 2>/dev/null) || state='no answer'
  [ "$state" != verified ] || break
  [ "$((tries % 100))" -ne 0 ] || printf 'dbctl: waiting for a verified database, it is now: %s\n' "$${state:-unmarked}"
  tries=$((tries + 1))
  # A move waits for this in its downtime; an operator who left for the night does not.
  if [ "$tries" -lt 3000 ]; then sleep 0.1; else sleep 1; fi
done
printf 'dbctl: the database is verified, the app may start\n'
# What waits beside this task looks for the file.
: >"$NOMAD_ALLOC_DIR/db-gate.done"
    EOT
      }

      resources {
        cpu    = 50
        memory = 32
      }

      logs {
        max_files     = 2
        max_file_size = 5
      }

      restart {
        attempts = 5
        interval = "5m"
        delay    = "5s"
        mode     = "delay"
      }
    }
    # <<< dbctl part 28d2a64f80e6
  }
}
