job "api" {
  group "api" {
    count = 2
    network {
      mode = "host"
    }
    task "api" {
      driver = "raw_exec"
      config {
        command = "__BIN__/api"
      }
      env {
        DATABASE_URL = "postgres://api:__PASSWORD__@__HOST__:__PORT__/api_v2"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
