job "auth" {
  group "auth" {
    network {
      mode = "host"
    }
    task "server" {
      driver = "docker"
      config {
        image        = "ghcr.io/goauthentik/server:2025.8"
        args         = ["server"]
        network_mode = "host"
      }
      env {
        AUTHENTIK_POSTGRESQL__HOST = "pg.lan"
        AUTHENTIK_POSTGRESQL__PORT = "5432"
        AUTHENTIK_POSTGRESQL__NAME = "authentik"
        AUTHENTIK_POSTGRESQL__USER = "authentik"
      }
    }
    task "worker" {
      driver = "docker"
      config {
        image        = "ghcr.io/goauthentik/server:2025.8"
        args         = ["worker"]
        network_mode = "host"
      }
      env {
        AUTHENTIK_POSTGRESQL__HOST = "pg.lan"
        AUTHENTIK_POSTGRESQL__PORT = "5432"
        AUTHENTIK_POSTGRESQL__NAME = "authentik"
        AUTHENTIK_POSTGRESQL__USER = "authentik"
      }
    }
  }
}
