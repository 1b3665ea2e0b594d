job "gatekeeper" {
  group "gatekeeper" {
    network {
      port "http" { to = 8080 }
    }

    task "wait" {
      driver = "docker"
      lifecycle {
        hook = "prestart"
      }
      config {
        image   = "postgres:17-alpine"
        command = "sh"
        args    = ["-c", "until pg_isready -h $KC_DB_URL_HOST -p $KC_DB_URL_PORT; do sleep 2; done"]
      }
      template {
        destination = "local/wait.env"
        env         = true
        data        = <<EOT
{{ range service "logins" }}
KC_DB_URL_HOST={{ .Address }}
KC_DB_URL_PORT={{ .Port }}
{{ end }}
EOT
      }
    }

    task "gatekeeper" {
      driver = "docker"
      config {
        image = "quay.io/keycloak/keycloak:26.0"
        ports = ["http"]
      }
      template {
        destination = "secrets/gatekeeper.env"
        env         = true
        data        = <<EOT
KC_DB=postgres
KC_DB_USERNAME={{ key "gatekeeper/user" }}
KC_DB_PASSWORD={{ key "gatekeeper/password" }}
KC_DB_URL_DATABASE=gatekeeper
{{ range service "logins" }}
KC_DB_URL_HOST={{ .Address }}
KC_DB_URL_PORT={{ .Port }}
{{ end }}
EOT
      }
    }
  }
}
