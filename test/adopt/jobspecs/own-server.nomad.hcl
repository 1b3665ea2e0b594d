job "shop" {
  group "shop" {
    network {
      mode = "bridge"
    }
    task "db" {
      driver = "docker"
      lifecycle {
        hook    = "prestart"
        sidecar = true
      }
      config {
        image = "postgres:15"
      }
      env {
        POSTGRES_NAME = "shop"
        POSTGRES_USER = "owner"
      }
    }
    task "shop" {
      driver = "docker"
      config {
        image = "example/shop:8"
      }
      env {
        DATABASE_URL = "postgres://owner:pw@127.0.0.1:5432/owner"
      }
    }
  }
}
