job "queue" {
  group "queue" {
    network {
      mode = "host"
    }
    task "queue" {
      driver = "raw_exec"
      config {
        command = "__BIN__/queue"
      }
      env {
        REDIS_HOST = "__HOST__"
        REDIS_PORT = "6379"
        REDIS_DB   = "0"
      }
      resources {
        cpu    = 10
        memory = 32
      }
    }
  }
}
