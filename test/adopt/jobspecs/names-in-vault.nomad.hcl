job "minutes" {
  group "web" {
    network {
      mode = "bridge"
      port "http" { to = 8080 }
    }

    task "web" {
      driver = "docker"
      config {
        image = "example/minutes:3"
        ports = ["http"]
      }
      vault {}
      template {
        destination = "secrets/minutes.env"
        env         = true
        data        = <<-EOT
          MINUTES_PG_HOST={{ range service "pg" }}{{ .Address }}{{ end }}
          MINUTES_PG_PORT={{ range service "pg" }}{{ .Port }}{{ end }}
          {{ with secret "secret/data/minutes" }}
          MINUTES_PG_DATABASE={{ .Data.data.database }}
          MINUTES_PG_USER="{{ .Data.data.login }}"
          MINUTES_PG_PASSWORD={{ .Data.data.secret }}
          {{ end }}
        EOT
      }
    }
  }
}
