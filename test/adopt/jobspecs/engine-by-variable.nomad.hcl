variable "engine" {
  default = "postgresdb"
}

job "steps" {
  group "steps" {
    network {
      mode = "bridge"
    }

    task "steps" {
      driver = "docker"
      config {
        image = "docker.n8n.io/n8nio/n8n:1.90.0"
      }
      template {
        destination = "secrets/steps.env"
        env         = true
        data        = <<EOT
DB_TYPE="${var.engine}"
DB_POSTGRESDB_HOST=10.5.5.5
DB_POSTGRESDB_DATABASE=steps
DB_POSTGRESDB_USER=steps
DB_POSTGRESDB_PASSWORD={{ key "steps/password" }}
EOT
      }
    }
  }
}
