# Two copies of the web part, one worker.
job "speedtest" {
  datacenters = ["dc1"]
  type        = "service"

  group "web" {
    count = 2

    network {
      port "http" {}
    }

    task "app" {
      driver = "exec"

      vault {}

      config {
        command = "/usr/bin/node"
        args    = ["/opt/speedtest/app.cjs"]
      }

      env {
        APP_NAME = "Speedtest"
      }

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
    }
  }

  group "worker" {
    task "app" {
      driver = "exec"

      vault {}

      config {
        command = "/usr/bin/node"
        args    = ["/opt/speedtest/worker.cjs"]
      }

      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOH
DB_CONNECTION=pgsql
{{ with nomadService "postgresql" }}{{ with index . 0 }}
DB_HOST={{ .Address }}
DB_PORT={{ .Port }}
{{ end }}{{ end }}
DB_DATABASE=speedtest
DB_USERNAME=speedtest
DB_PASSWORD={{ with secret "secret/data/postgres/speedtest" }}{{ .Data.data.password }}{{ end }}
EOH
      }
    }
  }

  # Uses no database.
  group "proxy" {
    task "proxy" {
      driver = "exec"

      config {
        command = "/usr/bin/true"
      }
    }
  }
}
