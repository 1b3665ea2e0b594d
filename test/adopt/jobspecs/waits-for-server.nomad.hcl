job "outline" {
  group "outline" {
    network {
      mode = "bridge"
    }
    task "wait" {
      lifecycle {
        hook    = "prestart"
        sidecar = false
      }
      driver = "docker"
      config {
        image   = "postgres:16-alpine"
        command = "sh"
        args    = ["-c", "until pg_isready -h postgres.service.consul; do sleep 2; done"]
      }
    }
    task "outline" {
      driver = "docker"
      config {
        image = "outlinewiki/outline:0.87"
      }
      env {
        DATABASE_URL = "postgres://outline:pw@postgres.service.consul:5432/outline"
        PGSSLMODE    = "disable"
      }
    }
  }
}
