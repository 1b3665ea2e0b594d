# Prowlarr, two databases: its own things and its log.
job "prowlarr" {
  datacenters = ["dc1"]

  group "arr" {
    network {
      mode = "host"
      port "http" {
        static = __APP_PORT__ # __APP_URL__
      }
    }

    volume "config" {
      type            = "host"
      source          = "prowlarr_config"
      access_mode     = "single-node-single-writer"
      attachment_mode = "file-system"
    }

    service {
      name     = "prowlarr"
      provider = "nomad"
      port     = "http"

      check {
        type     = "http"
        path     = "/health"
        interval = "3s"
        timeout  = "2s"
      }
    }

    restart {
      attempts = 10
      interval = "10m"
      delay    = "2s"
      mode     = "delay"
    }

    task "prowlarr" {
      driver = "__DRIVER__"

      vault {}

      config {
        __APP_IMAGE__
        __HOST_NETWORK__
        command = "/usr/bin/node"
        args    = ["/opt/prowlarr/app.cjs"]
      }

      env {
        CONFIG                       = "/config"
        PROWLARR__POSTGRES__USER     = "prowlarr"
        PROWLARR__POSTGRES__MAINDB   = "prowlarr_main"
        PROWLARR__POSTGRES__LOGDB    = "prowlarr_log"
        PROWLARR__LOG__LEVEL         = "info"
        PROWLARR__AUTH__METHOD       = "External"
      }

      template {
        destination = "secrets/postgres.env"
        env         = true
        data        = <<EOH
{{ range nomadService "postgresql" }}
PROWLARR__POSTGRES__HOST={{ .Address }}
PROWLARR__POSTGRES__PORT={{ .Port }}
{{ end }}
PROWLARR__POSTGRES__PASSWORD={{ with secret "secret/data/postgres/prowlarr" }}{{ .Data.data.password }}{{ end }}
EOH
      }

      volume_mount {
        volume      = "config"
        destination = "/config"
      }

      resources {
        cpu    = 50
        memory = 96
      }
    }
  }
}
