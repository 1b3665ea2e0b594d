job "logins" {
  group "logins" {
    network {
      port "http" { to = 8080 }
    }

    task "logins" {
      driver = "docker"
      config {
        image = "quay.io/keycloak/keycloak:26.0"
        ports = ["http"]
      }
      env {
        KC_DB              = "mysql"
        KC_DB_URL_DATABASE = "logins"
        KC_DB_USERNAME     = "logins"
      }
      template {
        destination = "local/server.env"
        env         = true
        data        = <<EOT
KC_DB_URL_HOST={{ range nomadService "logins-db" }}{{ .Address }}{{ end }}
KC_DB_URL_PORT={{ range nomadService "logins-db" }}{{ .Port }}{{ end }}
EOT
      }
    }
  }
}
