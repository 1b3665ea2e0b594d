# Its own server beside it: POSTGRES_NAME is not read, so the database is named as its user
job "gallery" {
  group "gallery" {
    network {
      mode = "host"
      port "db" {}
    }
    volume "pictures" {
      type            = "host"
      source          = "gallery_data"
      access_mode     = "single-node-single-writer"
      attachment_mode = "file-system"
    }
    task "database" {
      driver = "exec"
      user   = "postgres"
      lifecycle {
        hook    = "prestart"
        sidecar = true
      }
      config {
        command = "/opt/house/postgres-entrypoint"
        args    = ["postgres", "-c", "shared_buffers=16MB"]
      }
      env {
        POSTGRES_NAME     = "gallery"
        POSTGRES_USER     = "curator"
        POSTGRES_PASSWORD = "__PASSWORD__"
        PGPORT            = "${NOMAD_PORT_db}"
        PGDATA            = "/var/lib/postgresql/data/pgdata"
      }
      volume_mount {
        volume      = "pictures"
        destination = "/var/lib/postgresql/data"
      }
      resources {
        cpu    = 50
        memory = 96
      }
    }
    task "gallery" {
      driver = "raw_exec"
      config {
        command = "__BIN__/gallery"
      }
      env {
        DATABASE_URL = "postgres://curator:__PASSWORD__@127.0.0.1:${NOMAD_PORT_db}/curator"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
