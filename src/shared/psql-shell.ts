/**
 * POSIX sh that both kinds of psql in a task begin with. First: nothing that the task was started with may decide where psql goes,
 * and the image's own psql is found. Sets `task_port`.
 */
export const FIND_PSQL = `task_port=\${PGPORT:-}
unset PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGSERVICE PGSERVICEFILE PGOPTIONS PGTARGETSESSIONATTRS PGCLUSTER PSQLRC
for bin in /usr/lib/postgresql/[0-9]*/bin; do
  if [ -x "$bin/psql" ]; then PATH="$bin:$PATH"; fi
done
`;

/**
 * Wants `host` and `port` (both may be empty) and `task_port`. Without a host the server's own socket is looked for: in the shared
 * alloc folder, then where packages put it; the port is the task's PGPORT, else that of the only socket there.
 */
export const FIND_SERVER = `case $host in
  '\${NOMAD_ALLOC_DIR}'*) host="\${NOMAD_ALLOC_DIR:-}\${host#?*\\}}" ;;
  '\${NOMAD_IP_db}') host="\${NOMAD_IP_db:-}" ;;
esac
own_socket() {
  for dir in "\${NOMAD_ALLOC_DIR:-/nonexistent}/pg" /var/run/postgresql /tmp; do
    count=0
    for file in "$dir"/.s.PGSQL.\${port:-*[0-9]}; do
      if [ -S "$file" ]; then
        count=$((count + 1))
        found=$file
      fi
    done
    if [ "$count" -gt 1 ]; then return; fi
    if [ "$count" -eq 1 ]; then
      host=$dir
      port=\${found##*.}
      return
    fi
  done
}
if [ -z "$host" ]; then
  port=\${port:-$task_port}
  own_socket
fi
if [ -n "$host" ]; then export PGHOST="$host"; fi
if [ -n "$port" ]; then export PGPORT="$port"; fi
`;
