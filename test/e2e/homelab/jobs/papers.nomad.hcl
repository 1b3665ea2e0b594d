# Paperless. Scans arrive by mail.
job "papers" {
  type = "service"

  group "paperless" {
    network {
      mode = "host"
    }

    task "server" {
      driver = "exec"

      vault {}

      config {
        command = "/opt/house/paperless"
      }

      template {
        destination = "secrets/env"
        env         = true
        change_mode = "restart"
        data        = <<EOH
PAPERLESS_URL=https://papers.example.net
PAPERLESS_DBENGINE=postgresql
{{ range service "postgresql" }}
PAPERLESS_DBHOST={{ .Address }}
PAPERLESS_DBPORT={{ .Port }}
{{ end }}
PAPERLESS_DBNAME=paperless_ngx
PAPERLESS_DBUSER=papers
{{ with secret "secret/data/postgres/papers" }}PAPERLESS_DBPASS={{ .Data.data.password }}{{ end }}
EOH
      }

      resources {
        cpu    = 20
        memory = 48
      }
    }
  }
}
