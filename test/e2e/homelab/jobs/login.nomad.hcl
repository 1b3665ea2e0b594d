job "login" {
  group "authentik" {
    network {
      mode = "host"
    }

    task "server" {
      driver = "raw_exec"
      config {
        command = "__BIN__/authentik"
        args    = ["server"]
      }
      env {
        AUTHENTIK_POSTGRESQL__HOST = "__HOST__"
        AUTHENTIK_POSTGRESQL__PORT = "__PORT__"
        AUTHENTIK_POSTGRESQL__NAME = "authentik"
        AUTHENTIK_POSTGRESQL__USER = "authentik"
      }
      template {
        destination = "secrets/p.env"
        env         = true
        data        = "AUTHENTIK_POSTGRESQL__PASSWORD={{ with nomadVar \"nomad/jobs/login\" }}{{ .db_password }}{{ end }}"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }

    task "worker" {
      driver = "raw_exec"
      config {
        command = "__BIN__/authentik"
        args    = ["worker"]
      }
      template {
        destination = "secrets/all.env"
        env         = true
        data        = <<EOT
AUTHENTIK_POSTGRESQL__HOST={{ range service "postgresql" }}{{ .Address }}{{ end }}
AUTHENTIK_POSTGRESQL__PORT={{ range service "postgresql" }}{{ .Port }}{{ end }}
AUTHENTIK_POSTGRESQL__NAME=authentik
AUTHENTIK_POSTGRESQL__USER=authentik
AUTHENTIK_POSTGRESQL__PASSWORD={{ with nomadVar "nomad/jobs/login" }}{{ .db_password }}{{ end }}
EOT
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
