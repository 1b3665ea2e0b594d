job "${name}" {
  group "app" {
    count = ${count}
    task "app" {
      driver = "docker"
      config {
        image = "example/app:${tag}"
      }
      env {
        DATABASE_URL = "postgres://app:${password}@${host}/app"
      }
    }
  }
}
