job "todo" {
  group "todo" {
    network {
      mode = "bridge"
    }
    task "vikunja" {
      driver = "docker"
      config {
        image = "vikunja/vikunja:1.0"
      }
      template {
        destination = "secrets/v.env"
        env         = true
        data        = <<EOF
VIKUNJA_DATABASE_TYPE=postgres
VIKUNJA_DATABASE_HOST={{ range nomadService "pg" }}{{ .Address }}:{{ .Port }}{{ end }}
VIKUNJA_DATABASE_USER=vikunja
VIKUNJA_DATABASE_PASSWORD={{ with nomadVar "nomad/jobs/todo" }}{{ .db_password }}{{ end }}
EOF
      }
    }
  }
}
