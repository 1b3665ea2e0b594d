job "panels" {
  group "panels" {
    network {
      port "http" {
        to = 3000
      }
      port "db" {
        to = 3306
      }
    }
    task "panels" {
      driver = "docker"
      config {
        image = "grafana/grafana:11.2.0"
        ports = ["http"]
      }
      env {
        GF_DATABASE_TYPE = "postgres"
        GF_DATABASE_HOST = "pg.service.consul:5432"
        GF_DATABASE_NAME = "panels"
        GF_DATABASE_USER = "panels"
      }
    }
  }
}
