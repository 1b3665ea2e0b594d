# Speedtest Tracker — läuft auf dem NAS 😀
job "speedtest" {
  datacenters = ["dc1"]
  type        = "service"

  group "speedtest" {
    count = 1

    network {
      mode = "host"
      port "http" { static = 8765 } # 8080 was taken
    }

    /* settings of the app */
    volume "config" {
      type   = "host"
      source = "speedtest_config"
    }

    task "app" {
      driver = "exec"

      vault {}

      config {
        command = "/usr/bin/node"
        args    = ["/opt/speedtest/app.cjs", "# >>> dbctl is no mark here"]
      }

      # Database: the shared one
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

      resources {
        cpu    = 200 # MHz, it idles at 20
        memory = 256
      }
    }
  }

  group "other" {
    task "nothing" {
      driver = "exec"
      config { command = "/bin/true" }
      env { DB_HOST = "elsewhere" }
    }
  }
}
