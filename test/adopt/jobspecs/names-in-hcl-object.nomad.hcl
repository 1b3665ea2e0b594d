variable "db" {
  type = object({ login = string, word = string, base = string })
}

job "ledgers" {
  group "ledgers" {
    network {
      mode = "bridge"
    }

    task "ledgers" {
      driver = "docker"
      config {
        image = "example/ledgers:5"
      }
      env {
        LOG_LEVEL    = "info"
        DATABASE_URL = "postgres://${var.db.login}:${var.db.word}@10.4.0.9:5432/${var.db.base}"
      }
    }
  }
}
