job "speedtest" {
  datacenters = ["dc1"]

  group "speedtest" {
    network {
      port "http" {
        static = 8765
        to     = 80
      }
    }

    task "app" {
      driver = "docker"

      config {
        image = "lscr.io/linuxserver/speedtest-tracker:1.6.9"
        ports = ["http"]
      }

      vault {}

      env {
        DB_CONNECTION = "pgsql"
        DB_HOST       = "10.88.0.1"
        DB_PORT       = 5432
        DB_DATABASE   = "speedtest"
        DB_USERNAME   = "speedtest"
      }

      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOH
DB_PASSWORD={{ with secret "secret/data/postgres/speedtest" }}{{ .Data.data.password }}{{ end }}
EOH
      }
    }
  }
}
