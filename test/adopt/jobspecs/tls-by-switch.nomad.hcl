job "robots" {
  group "robots" {
    network {
      port "http" {
        to = 5678
      }
    }
    task "robots" {
      driver = "docker"
      config {
        image = "docker.io/n8nio/n8n:1.90"
        ports = ["http"]
      }
      env {
        DB_TYPE                   = "postgresdb"
        DB_POSTGRESDB_HOST        = "pg.service.consul"
        DB_POSTGRESDB_PORT        = "5432"
        DB_POSTGRESDB_DATABASE    = "robots"
        DB_POSTGRESDB_USER        = "robots"
        DB_POSTGRESDB_SSL_ENABLED = "true"
        N8N_SMTP_SSL              = "true"
      }
    }
  }
}
