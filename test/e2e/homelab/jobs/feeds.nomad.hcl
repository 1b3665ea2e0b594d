// Miniflux, reads what is new
job "feeds" {
  group "feeds" {
    network {
      mode = "host"
      port "http" {}
    }
    task "miniflux" {
      driver = "exec"
      config { command = "/opt/house/miniflux" }
      env {
        RUN_MIGRATIONS = "1"
        DATABASE_URL   = "postgres://miniflux:__PASSWORD__@__HOST__:__PORT__/miniflux2?sslmode=disable"
      }
      resources {
        cpu    = 20
        memory = 48
      }
    }
  }
}
