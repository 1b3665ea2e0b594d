job "lost" {
  group "lost" {
    network {
      mode = "host"
    }
    task "lost" {
      driver = "raw_exec"
      config {
        command = "__BIN__/lost"
      }
      env {
        DATABASE_URL = "postgres://lost:__PASSWORD__@db.example.org:5432/lost"
      }
      resources {
        cpu    = 10
        memory = 32
      }
    }
  }
}
