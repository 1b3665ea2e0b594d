job "api" {
  group "api" {
    count = 3
    network {
      mode = "bridge"
    }
    task "app" {
      driver = "docker"
      config {
        image = "example/api:7"
      }
      env {
        DATABASE_URL = "postgres://api:pw@10.2.0.2:5432/api"
      }
    }
  }
}
