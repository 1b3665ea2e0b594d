job "series" {
  group "series" {
    network {
      mode = "host"
    }
    task "sonarr" {
      driver = "raw_exec"
      vault {}
      config {
        command = "__BIN__/sonarr"
      }
      template {
        destination = "secrets/s.env"
        env         = true
        data        = <<EOF
SONARR__POSTGRES__HOST={{ with service "postgresql" }}{{ with index . 0 }}{{ .Address }}{{ end }}{{ end }}
SONARR__POSTGRES__PORT={{ with service "postgresql" }}{{ with index . 0 }}{{ .Port }}{{ end }}{{ end }}
SONARR__POSTGRES__MAINDB=sonarr-main
SONARR__POSTGRES__LOGDB=sonarr-log
SONARR__POSTGRES__USER=sonarr
SONARR__POSTGRES__PASSWORD={{ with secret "secret/data/postgres/series" }}{{ .Data.data.password }}{{ end }}
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
