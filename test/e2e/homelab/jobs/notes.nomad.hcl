locals {
  dsn = "postgres://notes:__PASSWORD__@__HOST__:__PORT__/notes_app"
}
job "notes" {
  group "notes" {
    network {
      mode = "host"
    }
    task "notes" {
      driver = "raw_exec"
      config {
        command = "__BIN__/notes"
      }
      env {
        DATABASE_URL = local.dsn
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
