job "polls" {
  group "polls" {
    network {
      mode = "bridge"
    }
    service {
      name = "polls"
      port = "8000"
      connect {
        sidecar_service {
          proxy {
            upstreams {
              destination_name = "postgres"
              local_bind_port  = 5432
            }
          }
        }
      }
    }
    task "polls" {
      driver = "docker"
      config {
        image = "example/polls:2"
      }
      env {
        POSTGRES_HOST = "127.0.0.1"
        POSTGRES_PORT = "5432"
        POSTGRES_DB   = "polls"
        POSTGRES_USER = "polls"
      }
    }
  }
}
