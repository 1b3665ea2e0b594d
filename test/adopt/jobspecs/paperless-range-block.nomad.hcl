job "paperless" {
  type = "service"
  group "web" {
    network {
      mode = "bridge"
    }
    task "server" {
      driver = "docker"
      vault {}
      config {
        image = "ghcr.io/paperless-ngx/paperless-ngx:2.17"
      }
      template {
        destination = "secrets/env"
        env         = true
        change_mode = "restart"
        data        = <<EOH
PAPERLESS_URL=https://docs.example.net
{{ range service "postgres" }}
PAPERLESS_DBHOST={{ .Address }}
PAPERLESS_DBPORT={{ .Port }}
{{ end }}
PAPERLESS_DBNAME=papers
PAPERLESS_DBUSER=papers
{{ with secret "secret/data/postgres/papers" }}PAPERLESS_DBPASS={{ .Data.data.password }}{{ end }}
EOH
      }
    }
  }
}
