job "pads" {
  group "pads" {
    network {
      port "http" { static = 3100 }
    }

    task "pads" {
      driver = "exec"
      config {
        command = "local/pads"
      }
      template {
        destination = "secrets/pads.env"
        env         = true
        data        = <<EOT
CMD_DOMAIN = pads.example.org
CMD_DB_URL = "postgres://{{ key "pads/db/user" }}:{{ key "pads/db/password" }}@main.pg.service.consul:5432/{{ key "pads/db/name" }}?sslmode=disable"
EOT
      }
    }
  }
}
