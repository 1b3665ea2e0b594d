job "quotes" {
  update {
    canary = 1
  }

  group "quotes" {
    network {
      mode = "bridge"
    }

    task "quotes" {
      driver = "docker"
      config {
        image = "example/quotes:8"
      }
      env {
        QUOTES_POSTGRES_HOST = "pg.lan"
        QUOTES_POSTGRES_PORT = "5432"
        QUOTES_POSTGRES_DB   = "quotes"
        QUOTES_POSTGRES_USER = "quotes"
      }
    }
  }
}
