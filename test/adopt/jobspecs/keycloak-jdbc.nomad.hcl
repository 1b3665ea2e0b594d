job "sso" {
  group "sso" {
    network {
      port "http" {
        to = 8080
      }
    }
    task "keycloak" {
      driver = "docker"
      config {
        image = "quay.io/keycloak/keycloak:26.3"
        args  = ["start", "--optimized"]
        ports = ["http"]
      }
      env {
        KC_DB          = "postgres"
        KC_DB_URL      = "jdbc:postgresql://192.168.7.20:5432/identity?currentSchema=public"
        KC_DB_USERNAME = "keycloak"
      }
    }
  }
}
