job "orders" {
  group "orders" {
    network {
      mode = "bridge"
      port "pooler" { to = 5432 }
    }

    task "pooler" {
      driver = "docker"
      config {
        image = "example/pooler:1"
        ports = ["pooler"]
      }
    }

    task "orders" {
      driver = "docker"
      config {
        image = "example/orders:12"
      }
      env {
        DATABASE_URL = "postgres://orders:not-in-here@10.1.2.3:5432/orders"
      }
    }
  }
}
