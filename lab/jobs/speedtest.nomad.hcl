# Speedtest Tracker. Watches the line to the provider.
# Web: __APP_URL__ (LAN only, no proxy in front)
job "speedtest" {
  datacenters = ["dc1"]
  type        = "service"

  update {
    max_parallel     = 1
    min_healthy_time = "2s"
    healthy_deadline = "2m"
    auto_revert      = true
  }

  group "speedtest" {
    count = 1

    network {
      mode = "host"
      port "http" {
        static = __APP_PORT__ # 8080 was taken by traefik
      }
    }

    # Settings and the list of results that were reported upstream
    volume "config" {
      type            = "host"
      source          = "speedtest_config"
      access_mode     = "single-node-single-writer"
      attachment_mode = "file-system"
    }

    service {
      name     = "speedtest"
      provider = "nomad"
      port     = "http"
      tags     = ["home", "monitoring"]

      check {
        type     = "http"
        path     = "/health"
        interval = "2s"
        timeout  = "2s"
      }
    }

    restart {
      attempts = 10
      interval = "10m"
      delay    = "2s"
      mode     = "delay"
    }

    task "app" {
      driver       = "__DRIVER__"
      kill_timeout = "5s"

      vault {}

      config {
        __APP_IMAGE__
        __HOST_NETWORK__
        command = "/usr/bin/node"
        args    = ["/opt/speedtest/app.cjs"]
      }

      env {
        APP_NAME = "Speedtest"
        TZ       = "UTC"
        CONFIG   = "/config"

        WRITE_EVERY_MS = "__WRITE_EVERY_MS__"
      }

      # Database: the shared one (jobs/src/postgresql.nomad.hcl)
      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOH
DB_CONNECTION=pgsql
DB_HOST={{ range nomadService "postgresql" }}{{ .Address }}{{ end }}
DB_PORT={{ range nomadService "postgresql" }}{{ .Port }}{{ end }}
DB_DATABASE=speedtest
DB_USERNAME=speedtest
DB_PASSWORD={{ with secret "secret/data/postgres/speedtest" }}{{ .Data.data.password }}{{ end }}
EOH
      }

      volume_mount {
        volume      = "config"
        destination = "/config"
      }

      resources {
        cpu    = 200 # MHz, it idles at 20
        memory = 256
      }
    }
  }
}
