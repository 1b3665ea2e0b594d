// Grafana, dashboards for the house
// LAN: __APP_URL__
job "grafana" {
  datacenters = ["dc1"]
  type        = "service"

  group "monitoring" {
    count = 1

    network {
      mode = "bridge"
      port "http" {
        static = __APP_PORT__
        to     = 3000
      }
    }

    service {
      name     = "grafana"
      provider = "nomad"
      port     = "http"

      check {
        name     = "alive"
        type     = "http"
        path     = "/health"
        interval = "3s"
        timeout  = "2s"
      }
    }

    volume "grafana" {
      type            = "host"
      source          = "grafana_data"
      access_mode     = "single-node-single-writer"
      attachment_mode = "file-system"
    }

    restart {
      attempts = 20
      interval = "10m"
      delay    = "1s"
      mode     = "delay"
    }

    task "grafana" {
      driver = "__DRIVER__"

      config {
        __APP_IMAGE__
        command = "/usr/bin/node"
        args    = ["/opt/grafana/app.cjs"]
      }

      volume_mount {
        volume      = "grafana"
        destination = "/var/lib/grafana"
      }

      vault {}

      env {
        GF_PATHS_DATA             = "/var/lib/grafana"
        GF_USERS_ALLOW_SIGN_UP    = "false"
        GF_SERVER_HTTP_PORT       = "3000"
        GF_DATABASE_TYPE          = "postgres"
        GF_DATABASE_NAME          = "grafana"
        GF_DATABASE_USER          = "grafana"
        GF_DATABASE_SSL_MODE      = "disable"
        GF_DATABASE_MAX_OPEN_CONN = "2"
      }

      template {
        env         = true
        destination = "secrets/database.env"
        data        = <<EOT
{{ range nomadService "postgresql" }}
GF_DATABASE_HOST={{ .Address }}:{{ .Port }}
{{ end }}
{{ with secret "secret/data/postgres/grafana" }}
GF_DATABASE_PASSWORD={{ .Data.data.password }}
{{ end }}
EOT
      }

      resources {
        cpu    = 50
        memory = 96
      }
    }
  }
}
