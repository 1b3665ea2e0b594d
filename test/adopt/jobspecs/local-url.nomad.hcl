job "notes" {
  group "notes" {
    network {
      mode = "bridge"
    }
    task "app" {
      driver = "docker"
      config {
        image = "example/notes:1"
      }
      env {
        DATABASE_URL = local.dsn
      }
    }
  }
}
locals {
  dsn = "postgres://notes:n0tes@pg.service.consul:5432/notes"
}
