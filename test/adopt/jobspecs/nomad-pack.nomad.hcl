job "packed" {
  group "packed" {
    network {
      mode = "bridge"
    }
    task "app" {
      driver = "docker"
      config {
        image = "[[ .app.image ]]"
      }
      env {
        DATABASE_URL = "postgres://app:[[ .app.password ]]@postgres.service.consul:5432/app"
      }
    }
  }
}
