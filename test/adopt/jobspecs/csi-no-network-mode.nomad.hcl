job "automation" {
  group "n8n" {
    network {
      port "http" {
        to = 5678
      }
    }
    volume "data" {
      type            = "csi"
      source          = "n8n"
      access_mode     = "single-node-writer"
      attachment_mode = "file-system"
    }
    task "n8n" {
      driver = "docker"
      config {
        image = "docker.n8n.io/n8nio/n8n:1.110"
        ports = ["http"]
      }
      env {
        DB_TYPE                = "postgresdb"
        DB_POSTGRESDB_HOST     = "10.0.4.2"
        DB_POSTGRESDB_PORT     = "5432"
        DB_POSTGRESDB_DATABASE = "n8n"
        DB_POSTGRESDB_USER     = "n8n"
      }
    }
  }
}
