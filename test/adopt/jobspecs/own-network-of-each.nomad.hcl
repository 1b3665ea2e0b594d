job "pages" {
  group "pages" {

    task "app" {
      driver = "docker"
      config {
        image = "example/pages:2"
      }
      env {
        DATABASE_URL = "postgres://pages:pw@10.2.0.2:5432/pages"
      }
    }
  }
}
