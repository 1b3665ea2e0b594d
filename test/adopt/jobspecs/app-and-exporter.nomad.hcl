job "inventory" {
  group "inventory" {
    network {
      mode = "bridge"
    }
    task "app" {
      driver = "docker"
      config {
        image = "example/inventory:5"
      }
      env {
        DATABASE_URL = "postgresql+asyncpg://inv:pw@10.9.0.2:5432/inv"
      }
    }
    task "exporter" {
      driver = "docker"
      lifecycle {
        hook    = "poststart"
        sidecar = true
      }
      config {
        image = "quay.io/prometheuscommunity/postgres-exporter:v0.17"
      }
      env {
        DATA_SOURCE_NAME = "postgresql://inv:pw@10.9.0.2:5432/inv?sslmode=disable"
      }
    }
  }
}
