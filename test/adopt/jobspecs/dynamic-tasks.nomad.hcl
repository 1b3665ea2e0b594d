job "many" {
  group "many" {
    network {
      mode = "bridge"
    }
    dynamic "task" {
      for_each = ["a", "b"]
      labels   = [task.value]
      content {
        driver = "docker"
        config {
          image = "example/many:1"
        }
      }
    }
    task "app" {
      driver = "docker"
      config {
        image = "example/many:5"
      }
      env {
        DATABASE_URL = "postgresql+asyncpg://inv:pw@10.9.0.2:5432/inv"
      }
    }
  }
}
