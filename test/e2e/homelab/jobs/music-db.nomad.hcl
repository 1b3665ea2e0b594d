# A server in a job of its own. Its configuration file wins over what it is told about its port.
job "music-db" {
  group "music-db" {
    network {
      mode = "host"
      port "sql" {}
    }
    service {
      name     = "music-database"
      provider = "nomad"
      port     = "sql"
    }
    task "server" {
      driver = "exec"
      user   = "postgres"
      config {
        command = "/opt/house/postgres-entrypoint"
        args    = ["postgres", "-c", "config_file=/local/postgresql.conf"]
      }
      template {
        destination = "local/postgresql.conf"
        data        = <<EOF
listen_addresses = '*'
unix_socket_directories = '/var/run/postgresql'
port = {{ env "NOMAD_PORT_sql" }}
shared_buffers = 16MB
EOF
      }
      env {
        PGPORT            = "5432"
        POSTGRES_USER     = "band"
        POSTGRES_DB       = "songs"
        POSTGRES_PASSWORD = "__PASSWORD__"
      }
      resources {
        cpu    = 50
        memory = 96
      }
    }
  }
}
