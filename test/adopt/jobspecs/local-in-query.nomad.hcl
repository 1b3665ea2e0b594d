locals {
  server = "16"
}

job "models" {
  group "admin" {
    network {
      port "fpm" { to = 9000 }
    }

    task "admin" {
      driver = "docker"
      config {
        image = "example/models:1"
        ports = ["fpm"]
      }
      template {
        destination = "${NOMAD_SECRETS_DIR}/models.env"
        env         = true
        data        = <<EOH
        APP_ENV="prod"
        {{ with secret "secret/data/models" }}
        DATABASE_URL="postgresql://{{ .Data.data.user }}:{{ .Data.data.word }}@{{ range nomadService "postgres" }}{{ .Address }}:{{ .Port }}{{ end }}/{{ .Data.data.base }}?serverVersion=${local.server}&charset=utf8"
        {{ end }}
        EOH
      }
    }
  }
}
