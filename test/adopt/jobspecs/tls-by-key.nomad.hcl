job "receipts" {
  group "receipts" {
    network {
      port "http" {
        to = 8000
      }
    }
    task "receipts" {
      driver = "docker"
      config {
        image = "ghcr.io/paperless-ngx/paperless-ngx:2.18"
        ports = ["http"]
      }
      env {
        PAPERLESS_DBHOST      = "pg.service.consul"
        PAPERLESS_DBNAME      = "receipts"
        PAPERLESS_DBUSER      = "receipts"
        PAPERLESS_DBSSLMODE   = "require"
        PAPERLESS_TIME_ZONE   = "Europe/Vienna"
      }
    }
  }
}
