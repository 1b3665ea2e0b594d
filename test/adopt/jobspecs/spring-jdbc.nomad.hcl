job "billing" {
  group "billing" {
    network {
      mode = "bridge"
    }
    task "app" {
      driver = "docker"
      config {
        image = "example/billing:3"
      }
      env {
        SPRING_DATASOURCE_URL      = "jdbc:postgresql://db-1.example.net/billing"
        SPRING_DATASOURCE_USERNAME = "billing"
        SPRING_DATASOURCE_PASSWORD = "not-in-here"
      }
    }
  }
}
