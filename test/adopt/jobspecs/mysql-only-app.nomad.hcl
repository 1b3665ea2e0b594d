job "blog" {
  group "blog" {
    network {
      mode = "bridge"
      port "http" {
        to = 80
      }
    }
    service {
      name = "blog"
      port = "http"
      connect {
        sidecar_service {
          proxy {
            upstreams {
              destination_name = "database"
              local_bind_port  = 3306
            }
          }
        }
      }
    }
    task "blog" {
      driver = "docker"
      config {
        image = "docker.io/library/wordpress:6.6"
      }
      env {
        WORDPRESS_DB_HOST = "${NOMAD_UPSTREAM_ADDR_database}"
        WORDPRESS_DB_USER = "blog"
        WORDPRESS_DB_NAME = "blog"
      }
    }
  }
}
