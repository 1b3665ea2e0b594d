job "tickets" {
  group "tickets" {
    network {
      mode = "bridge"
    }

    task "tickets" {
      driver = "docker"
      config {
        image = "example/tickets:2"
      }
      vault {}
      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOT
{{ with secret "database/creds/tickets" }}
DATABASE_URL=postgresql://{{ .Data.username }}:{{ .Data.password }}@pg.service.consul:5432/tickets
{{ end }}
EOT
      }
    }
  }
}
