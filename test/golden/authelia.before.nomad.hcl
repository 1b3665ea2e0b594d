job "authelia" {
  datacenters = ["dc1"]
  type = "service"

  group "authelia" {
    network {
      mode = "host"
      port "http" {
        to = 9091
      }
    }

    task "authelia" {
      driver = "docker"
      vault {}
      config {
        image        = "authelia/authelia:4.39"
        network_mode = "host"
        args         = ["--config", "/secrets/configuration.yml"]
      }
      template {
        destination = "secrets/configuration.yml"
        data        = <<EOF
---
session:
  redis:
    host: 127.0.0.1
storage:
  encryption_key: '{{ with secret "secret/data/authelia" }}{{ .Data.data.key }}{{ end }}'
  postgres:
    address: 'tcp://{{ range nomadService "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }}'
    database: 'authelia'
    username: 'authelia'
    password: '{{ with secret "secret/data/postgres/authelia" }}{{ .Data.data.password }}{{ end }}'
notifier:
  filesystem:
    filename: /config/mails
EOF
      }
    }
  }
}
