job "requests" {
  group "requests" {
    network {
      port "http" { static = 5055 }
    }

    task "requests" {
      driver = "containerd-driver"
      config {
        image = "example/requests:3"
      }
      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOT
DB_TYPE=postgres
DB_HOST={{ range service "postgres" }}{{ .Address }}{{ end }}
DB_PORT={{ range service "postgres" }}{{ .Port }}{{ end }}
DB_USER=requests
DB_PASS={{ key "requests/password" }}
DB_NAME=requests
EOT
      }
    }
  }
}
