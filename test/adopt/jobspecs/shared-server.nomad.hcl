job "postgresql" {
  group "db" {
    network {
      mode = "host"
      port "pg" {
        static = 5432
      }
    }
    service {
      name = "postgresql"
      port = "pg"
    }
    task "postgres" {
      driver = "docker"
      config {
        image        = "pgvector/pgvector:pg17"
        network_mode = "host"
      }
      template {
        destination = "secrets/pg.env"
        env         = true
        data        = <<EOF
POSTGRES_PASSWORD={{ with secret "secret/data/pg" }}{{ .Data.data.pw }}{{ end }}
POSTGRES_DB=main
EOF
      }
    }
  }
}
