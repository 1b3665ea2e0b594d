# Vaultwarden: passwords for the family. Do not stop it while mum is shopping.
# __APP_URL__
job "vaultwarden" {
  datacenters = ["dc1"]

  group "vaultwarden" {
    network {
      mode = "host"
      port "http" {
        static = __APP_PORT__
      }
    }

    volume "data" {
      type            = "host"
      source          = "vaultwarden_data"
      access_mode     = "single-node-single-writer"
      attachment_mode = "file-system"
    }

    restart {
      attempts = 10
      interval = "10m"
      delay    = "2s"
      mode     = "delay"
    }

    service {
      name     = "vaultwarden"
      port     = "http"
      provider = "nomad"

      check {
        type     = "http"
        path     = "/health"
        interval = "3s"
        timeout  = "2s"
      }
    }

    task "vaultwarden" {
      driver = "__DRIVER__"

      config {
        __APP_IMAGE__
        __HOST_NETWORK__
        command = "/usr/bin/node"
        args    = ["/opt/vaultwarden/app.cjs"]
      }

      vault {}

      env {
        DATA_FOLDER           = "/data"
        SIGNUPS_ALLOWED       = "false"
        WEBSOCKET_ENABLED     = "true"
        DB_CONNECTION_RETRIES = "15" # it comes up before postgres after a power cut
      }

      template {
        data        = <<-EOF
          DATABASE_URL=postgresql://vaultwarden:{{ with secret "secret/data/postgres/vaultwarden" }}{{ .Data.data.password }}{{ end }}@{{ range nomadService "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }}/vaultwarden
        EOF
        destination = "${NOMAD_SECRETS_DIR}/vaultwarden.env"
        env         = true
      }

      volume_mount {
        volume      = "data"
        destination = "/data"
      }

      resources {
        cpu    = 50
        memory = 96
      }
    }
  }
}
