job "errors" {
  group "errors" {
    network {
      port "web" {
        to = 8000
      }
    }
    task "web" {
      driver = "docker"
      config {
        image = "registry.example.net/errors/web:5"
        ports = ["web"]
      }
      template {
        destination = "local/services.env"
        env         = true
        data        = <<EOT
{{ range nomadService "db" }}
DB_HOST={{ .Address }}
DB_PORT={{ .Port }}
{{ end }}
{{ range nomadService "queue" }}
REDIS_HOST={{ .Address }}
{{ end }}
EOT
      }
      env {
        DB_NAME = "errors"
        DB_USER = "errors"
      }
    }
  }
}
