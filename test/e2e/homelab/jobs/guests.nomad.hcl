job "guests" {
  group "guests" {
    network {
      mode = "host"
    }
    task "guests" {
      driver = "raw_exec"
      config {
        command = "__BIN__/guests"
      }
      template {
        env         = true
        destination = "secrets/guests.env"
        data        = <<EOF
DB_CONNECTION=mysql
{{ range nomadService "guest-database" -}}
DB_HOST={{ .Address }}
DB_PORT={{ .Port }}
{{ end -}}
DB_DATABASE=guest-book
DB_USERNAME=guests
EOF
      }
      resources {
        cpu    = 10
        memory = 32
      }
    }
  }
}
