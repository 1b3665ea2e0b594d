job "facts" {
  group "facts" {
    network {
      port "http" {
        to = 8000
      }
    }
    task "facts" {
      driver = "docker"
      config {
        image = "registry.example.net/facts:6"
        ports = ["http"]
      }
      env {
        DB_PROVIDER = "postgres"
        DB_HOST     = "pg.service.consul"
        DB_PORT     = "5432"
        DB_USERNAME = "postgres"
        DB_PASSWORD = "not-in-here"
        DB_NAME     = "facts"
      }
    }
  }
}
