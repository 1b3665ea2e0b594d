job "builds" {
  group "builds" {
    network {
      mode = "host"
      port "http" {
        to = 80
      }
    }
    task "server" {
      driver = "docker"
      config {
        image = "registry.example.net/builds/server:4"
        ports = ["http"]
      }
      template {
        destination = "secrets/builds.env"
        env         = true
        data        = <<EOT
{{ with secret "kv/data/builds/forge" }}
BUILDS_FORGE_SERVER="https://forge.example.net"
BUILDS_FORGE_SECRET="{{ .Data.data.secret }}"
BUILDS_SERVER_HOST="builds.example.net"
BUILDS_HOST=builds.example.net
BUILDS_DATABASE_DRIVER="postgres"
{{ end }}
{{ with secret "kv/data/builds/database" }}
BUILDS_DATABASE_SOURCE="postgres://builds:{{ .Data.data.password }}@main.pg.service.consul:5432/builds?sslmode=disable"
{{ end }}
EOT
      }
    }
  }
}
