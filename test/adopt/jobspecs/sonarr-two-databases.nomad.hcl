job "sonarr" {
  group "sonarr" {
    network {
      mode = "bridge"
    }
    task "sonarr" {
      driver = "docker"
      config {
        image = "lscr.io/linuxserver/sonarr:4.0.15"
      }
      template {
        destination = "secrets/s.env"
        env         = true
        data        = <<EOF
SONARR__POSTGRES__HOST={{ with service "pg" }}{{ with index . 0 }}{{ .Address }}{{ end }}{{ end }}
SONARR__POSTGRES__PORT={{ with service "pg" }}{{ with index . 0 }}{{ .Port }}{{ end }}{{ end }}
SONARR__POSTGRES__MAINDB=sonarr-main
SONARR__POSTGRES__LOGDB=sonarr-log
SONARR__POSTGRES__USER=sonarr
EOF
      }
    }
  }
}
