job "shelf" {
  group "shelf" {
    network {
      port "http" { static = 8086 }
    }

    task "setup" {
      driver = "raw_exec"
      lifecycle {
        hook = "prestart"
      }
      template {
        destination = "secrets/setup.sh"
        perms       = "755"
        data        = <<-EOT
        #!/bin/sh
        set -eu
        host="{{ range service "postgres" }}{{ .Address }}{{ end }}"
        port="{{ range service "postgres" }}{{ .Port }}{{ end }}"
        psql -h "$host" -p "$port" -U admin -d postgres -f make-shelf.sql
        EOT
      }
      config {
        command = "${NOMAD_SECRETS_DIR}/setup.sh"
      }
    }

    task "shelf" {
      driver = "raw_exec"
      config {
        command = "/opt/shelf/bin/shelf"
      }
      env {
        DB_PORT = "5432"
        DB_NAME = "shelf"
        DB_USER = "shelf"
      }
      template {
        destination = "secrets/shelf.env"
        env         = true
        data        = <<EOT
DB_HOST={{ range service "postgres" }}{{ .Address }}{{ end }}
DB_PASSWD={{ key "shelf/password" }}
EOT
      }
    }
  }
}
