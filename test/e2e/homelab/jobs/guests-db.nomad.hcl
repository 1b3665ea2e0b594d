# MariaDB, for the one app that wants it
job "guests-db" {
  group "mariadb" {
    network {
      mode = "host"
      port "sql" {}
    }
    service {
      name     = "guest-database"
      provider = "nomad"
      port     = "sql"
    }
    task "mariadb" {
      driver = "exec"
      config {
        command = "/bin/sh"
        args    = ["-c", "sh /local/first-start.sh && exec /usr/sbin/mariadbd --defaults-file=/local/my.cnf"]
      }
      template {
        destination = "local/my.cnf"
        data        = <<EOF
[mysqld]
datadir = /var/lib/mysql
socket = /tmp/mysql.sock
port = {{ env "NOMAD_PORT_sql" }}
innodb_buffer_pool_size = 8M
innodb_log_file_size = 4M
EOF
      }
      template {
        destination = "local/first-start.sh"
        data        = <<EOF
set -eu
[ ! -d /var/lib/mysql/mysql ] || exit 0
cd /usr/share/mysql
{
  echo 'create database mysql;'
  echo 'use mysql;'
  cat mysql_system_tables.sql mysql_performance_tables.sql mysql_system_tables_data.sql
  echo 'create database `guest-book`;'
} | /usr/sbin/mariadbd --defaults-file=/local/my.cnf --bootstrap
EOF
      }
      resources {
        cpu    = 50
        memory = 256
      }
    }
  }
}
