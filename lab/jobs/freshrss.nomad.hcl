# FreshRSS: the web half and the one that fetches feeds.
# Both keep everything in /data; data/config.php is written once, at the first start,
# and from then on it is the only thing that says where the database is.
job "freshrss" {
  datacenters = ["dc1"]
  type        = "service"

  group "freshrss" {
    count = 1

    network {
      mode = "host"
      port "http" {
        static = __APP_PORT__
      }
    }

    volume "freshrss_data" {
      type            = "host"
      source          = "freshrss_data"
      access_mode     = "single-node-single-writer"
      attachment_mode = "file-system"
    }

    service {
      name     = "freshrss"
      provider = "nomad"
      port     = "http"

      check {
        type     = "http"
        path     = "/health"
        interval = "3s"
        timeout  = "2s"
      }
    }

    task "freshrss" {
      driver = "__DRIVER__"

      vault {}

      config {
        __APP_IMAGE__
        __HOST_NETWORK__
        command = "/usr/bin/node"
        args    = ["/opt/freshrss/app.cjs"]
      }

      env {
        TZ        = "UTC"
        DATA_PATH = "/data"
      }

      # Read at the very first start only
      template {
        destination = "secrets/install.env"
        env         = true
        data        = <<EOH
FRESHRSS_INSTALL=--db-host {{ range nomadService "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }} --db-base freshrss --db-user freshrss --db-password {{ with secret "secret/data/postgres/freshrss" }}{{ .Data.data.password }}{{ end }}
EOH
      }

      volume_mount {
        volume      = "freshrss_data"
        destination = "/data"
      }

      resources {
        cpu    = 50
        memory = 96
      }
    }

    task "freshrss-cron" {
      driver = "__DRIVER__"

      config {
        __APP_IMAGE__
        __HOST_NETWORK__
        command = "/usr/bin/node"
        args    = ["/opt/freshrss/cron.cjs"]
      }

      env {
        TZ        = "UTC"
        DATA_PATH = "/data"
        CRON_MIN  = "*/20"
      }

      volume_mount {
        volume      = "freshrss_data"
        destination = "/data"
      }

      resources {
        cpu    = 50
        memory = 96
      }
    }
  }
}
