job "blog" {
  group "blog" {
    network {
      mode = "bridge"
    }
    service {
      name = "blog"
      port = "2368"
      connect {
        sidecar_service {
          proxy {
            upstreams {
              destination_name = "blog-db"
              local_bind_port  = 6000
            }
          }
        }
      }
    }
    task "blog" {
      driver = "docker"
      config {
        image = "example/blog:5"
      }
      env {
        BLOG_POSTGRES_ADDR = "${NOMAD_UPSTREAM_ADDR_blog_db}"
      }
    }
  }

  group "store" {
    network {
      mode = "bridge"
    }
    service {
      name = "blog-db"
      port = "5432"
      connect {
        sidecar_service {}
      }
    }
    task "postgres" {
      driver = "docker"
      config {
        image = "postgres:16"
      }
      env {
        POSTGRES_USER = "blog"
      }
    }
  }
}
