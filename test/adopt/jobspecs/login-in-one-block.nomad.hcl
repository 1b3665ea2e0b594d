job "shells" {
  group "shells" {
    network {
      mode = "bridge"
    }
    task "shells" {
      driver = "docker"
      config {
        image = "registry.example.net/shells:18"
        # Docker fills this in, no other program.
        logging {
          type = "json-file"
          config {
            tag = "{{.Name}}/{{ slice .ID 0 4 }}"
          }
        }
      }
      template {
        destination = "secrets/shells.env"
        env         = true
        data        = <<EOT
SHELLS_HOST=0.0.0.0
SHELLS_DB_URI="postgres://{{with secret "kv/data/shells"}}{{.Data.data.user}}:{{.Data.data.pass}}{{end}}@pg.service.consul/shells"
EOT
      }
    }
  }
}
