job "authelia" {
  datacenters = ["dc1"]
  type        = "service"

  group "authelia" {
    network {
      mode = "host"

      port "web" {
        static = __APP_PORT__
      }
    }

    volume "config" {
      type            = "host"
      source          = "authelia_config"
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
      name     = "authelia"
      provider = "nomad"
      port     = "web"
      tags     = ["sso"]

      check {
        type     = "http"
        path     = "/health"
        interval = "3s"
        timeout  = "2s"
      }
    }

    task "authelia" {
      driver = "__DRIVER__"

      vault {}

      config {
        __APP_IMAGE__
        __HOST_NETWORK__
        command = "/usr/bin/node"
        args    = ["/opt/authelia/app.cjs"]
      }

      env {
        X_AUTHELIA_CONFIG = "${NOMAD_SECRETS_DIR}/configuration.yml"
        CONFIG_DIR        = "/config"
        TZ                = "UTC"
      }

      template {
        destination = "secrets/configuration.yml"
        change_mode = "restart"
        perms       = "644" # the task does not run as root
        data        = <<EOH
---
theme: dark
server:
  address: 'tcp://:{{ env "NOMAD_PORT_web" }}'
log:
  level: info
session:
  cookies:
    - domain: 'home.example'
      authelia_url: '__APP_URL__'
storage:
  encryption_key: 'never-change-this-one-or-second-factors-are-lost'
  postgres:
    address: 'tcp://{{ range nomadService "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }}'
    database: authelia
    username: authelia
    password: '{{ with secret "secret/data/postgres/authelia" }}{{ .Data.data.password }}{{ end }}'
    timeout: 5s
notifier:
  filesystem:
    filename: /config/notification.txt
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
