job "stock" {
  group "stock" {
    network {
      mode = "host"
    }
    task "app" {
      driver = "raw_exec"
      config {
        command = "__BIN__/stock"
      }
      env {
        DATABASE_URL = "postgresql+asyncpg://stock:__PASSWORD__@__HOST__:__PORT__/inventory"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
    task "postgres-exporter" {
      driver = "raw_exec"
      lifecycle {
        hook    = "poststart"
        sidecar = true
      }
      config {
        command = "__BIN__/postgres-exporter"
      }
      env {
        DATA_SOURCE_NAME = "postgresql://stock:__PASSWORD__@__HOST__:__PORT__/inventory?sslmode=disable"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
