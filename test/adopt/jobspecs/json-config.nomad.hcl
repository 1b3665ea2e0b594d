job "runner" {
  group "runner" {
    network {
      port "http" { static = 3010 }
    }

    task "runner" {
      driver = "raw_exec"
      config {
        command = "/opt/runner/bin/runner"
        args    = ["--config", "${NOMAD_SECRETS_DIR}/config.json"]
      }
      template {
        destination = "secrets/config.json"
        data        = <<-EOT
        {
          "postgres": {
            "host": "{{ range service "postgres" }}{{ .Address }}:{{ .Port }}{{ end }}",
            "user": "runner",
            "pass": "{{ key "runner/password" }}",
            "name": "runner"
          },
          "dialect": "postgres",
          "port": ":3010"
        }
        EOT
      }
    }
  }
}
