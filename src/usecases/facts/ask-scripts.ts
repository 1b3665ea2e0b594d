/** POSIX sh. A connection string without its password and query: those never leave the task. */
const SEEN = `seen() {
  case $1 in
    *://*)
      head=\${1%%://*}; rest=\${1#*://}
      case $rest in
        *\\?*@*) value= ;;
        *@*) who=\${rest%@*}; tail=\${rest##*@}; value="$head://\${who%%:*}@\${tail%%\\?*}" ;;
        *) value="$head://\${rest%%\\?*}" ;;
      esac ;;
    *@tcp\\(*) who=\${1%%@tcp\\(*}; tail=\${1##*@tcp\\(}; value="\${who%%:*}@tcp(\${tail%%\\?*}" ;;
    *\\'*|*\\\\*) value= ;;
    *) value=
      for word in host port dbname user; do
        case " $1" in *" $word="*) part=" $1"; part=\${part##*" $word="}; value="$value $word=\${part%% *}" ;; esac
      done ;;
  esac
}`;

/**
 * Prints only the keys it is asked for: the other variables of an app hold its secrets and never leave the task.
 * \`plain:KEY\` and \`url:KEY\` are values, \`file:KEY\` and \`urlfile:KEY\` the first line of the file whose path is the value.
 * What looks like a connection string with a password loses it, whatever it was asked as; a name may look like one without.
 */
export const PRINT_KEYS = `${SEEN}
for arg in "$@"; do
  key=\${arg#*:}
  case $key in ''|[0-9]*|*[!A-Za-z0-9_]*) continue ;; esac
  eval "value=\\\${$key-}"
  case $arg in file:*|urlfile:*)
    path=$value; value=
    if [ -n "$path" ] && [ -f "$path" ] && [ -r "$path" ]; then IFS= read -r value <"$path" || :; fi ;;
  esac
  case $arg in
    url:*|urlfile:*) seen "$value" ;;
    *) case $value in *://*:*@*|*://*\\?*assword=*|*:*@tcp\\(*) seen "$value" ;; esac ;;
  esac
  printf '%s=%s\\n' "$key" "$value"
done`;

/**
 * Prints the names, never the values, of variables that speak of a database. A line of \`env\` may be a piece of a value:
 * only what really is a variable counts.
 */
export const PRINT_NAMES = `while IFS= read -r line; do
  key=\${line%%=*}
  case $key in ''|[0-9]*|*[!A-Za-z0-9_]*|*PASS*|*[Pp]ass*|*SECRET*|*[Ss]ecret*|*TOKEN*|*[Tt]oken*) continue ;; esac
  case $key in
    *DB*|*[Dd]b*|*DATABASE*|*[Dd]atabase*|*POSTGRES*|*[Pp]ostgres*|*PG*|*SQL*|*[Ss]ql*|*MARIA*|*MONGO*|*[Mm]ongo*|*DSN*|*DATA*SOURCE*) ;;
    *) continue ;;
  esac
  eval "is=\\\${$key+x}"
  if [ -n "$is" ]; then printf '%s\\n' "$key"; fi
done <<DBCTL_ENV
$(env)
DBCTL_ENV`;

/** Prints the folders of a MySQL or MariaDB data directory, one for each database; needs no password. */
export const PRINT_FOLDERS = `for dir in /var/lib/mysql /bitnami/mysql/data /bitnami/mariadb/data /config/databases; do
  [ -d "$dir/mysql" ] || continue
  for one in "$dir"/*/; do one=\${one%/}; printf '%s\\n' "\${one##*/}"; done
  break
done`;

/**
 * Prints the skeleton of a config file: the values of the asked leaves (\`url:leaf\`, \`plain:leaf\`), the names of the
 * levels above them (\`level:name\`), and of every other line only how far it is indented.
 * Arguments: secrets, local, alloc or task; the path below that folder; then what is asked for.
 */
export const PRINT_FILE = `${SEEN}
case $1 in
  secrets) path="$NOMAD_SECRETS_DIR/$2" ;;
  local) path="$NOMAD_TASK_DIR/$2" ;;
  alloc) path="$NOMAD_ALLOC_DIR/$2" ;;
  *) path="$NOMAD_TASK_DIR/../$2" ;;
esac
shift 2
while IFS= read -r line || [ -n "$line" ]; do
  indent=\${line%%[! 	]*}
  rest=\${line#"$indent"}
  case $rest in ''|'#'*|';'*|'//'*) continue ;; esac
  case $rest in '- '*) rest=\${rest#- }; indent="$indent  " ;; esac
  case $rest in '['*']')
    name=\${rest#?}; name=\${name%?}
    case " $* " in *" level:$name "*) ;; *) name=_ ;; esac
    printf '[%s]\\n' "$name"; continue ;;
  esac
  name=\${rest%%[:=]*}
  if [ "$name" = "$rest" ]; then continue; fi
  value=\${rest#*[:=]}
  name=\${name#[\\"\\']}; name=\${name%%[\\"\\' 	]*}
  value=\${value#"\${value%%[! 	]*}"}; value=\${value%%[ 	]#*}; value=\${value%"\${value##*[! 	]}"}; value=\${value%,}
  value=\${value#[\\"\\']}; value=\${value%[\\"\\']}
  case $name in ''|*[!A-Za-z0-9_-]*) name=_ ;; esac
  case " $* " in
    *" url:$name "*) seen "$value"; printf '%s%s: "%s"\\n' "$indent" "$name" "$value" ;;
    *" plain:$name "*) printf '%s%s: "%s"\\n' "$indent" "$name" "$value" ;;
    *" level:$name "*) printf '%s%s:\\n' "$indent" "$name" ;;
    *) printf '%s_:\\n' "$indent" ;;
  esac
done <"$path"`;
