job "reader" {
  group "reader" {
    network {
      mode = "host"
      port "app" {
        to = 9000
      }
    }
    task "app" {
      driver = "docker"
      config {
        image = "registry.example.net/mirror/ttrss-fpm-pgsql-static:latest"
        ports = ["app"]
      }
      env {
        TTRSS_DB-TYPE = "pgsql"
        TTRSS_DB_HOST = "main.db.service.consul"
        TTRSS_DB_NAME = "feeds"
        TTRSS_DB_USER = "feeds"
      }
    }
    task "updater" {
      driver = "docker"
      config {
        image   = "registry.example.net/mirror/ttrss-fpm-pgsql-static:latest"
        command = "/opt/tt-rss/updater.sh"
      }
      env {
        TTRSS_DB-TYPE = "pgsql"
        TTRSS_DB_HOST = "main.db.service.consul"
        TTRSS_DB_NAME = "feeds"
        TTRSS_DB_USER = "feeds"
      }
    }
  }
}
