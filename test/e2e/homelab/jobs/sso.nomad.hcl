job "sso" {
  group "sso" {
    network {
      mode = "host"
      port "http" {}
    }

    task "keycloak" {
      driver = "exec"

      vault {}

      config {
        command = "/opt/house/keycloak"
        args    = ["start", "--optimized"]
      }

      env {
        KC_DB          = "postgres"
        KC_DB_URL      = "jdbc:postgresql://__HOST__:__PORT__/identity?currentSchema=public"
        KC_DB_USERNAME = "keycloak"
      }

      template {
        destination = "secrets/kc.env"
        env         = true
        data        = <<EOF
KC_DB_PASSWORD={{ with secret "secret/data/postgres/sso" }}{{ .Data.data.password }}{{ end }}
EOF
      }

      resources {
        cpu    = 20
        memory = 48
      }
    }
  }
}
