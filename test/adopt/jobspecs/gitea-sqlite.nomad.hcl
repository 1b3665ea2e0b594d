job "git" {
  group "git" {

    task "app" {
      driver = "docker"
      config {
        image = "gitea/gitea:1.24"
      }
      env {
        GITEA__database__DB_TYPE = "sqlite3"
      }
    }
  }
}
