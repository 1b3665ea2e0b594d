job "archive" {
  group "archive" {
    network {
      mode = "host"
    }

    task "archive" {
      driver = "docker"
      config {
        image        = "ghcr.io/paperless-ngx/paperless-ngx:2.14"
        network_mode = "host"
      }
      env {
        PAPERLESS_DBHOST = "10.3.0.4" # shared
        PAPERLESS_DBNAME = "archive"
        PAPERLESS_DBUSER = "archive"
      }
    }
  }
}
