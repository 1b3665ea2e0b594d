job "feeds" {
  group "feeds" {
    network {
      port "http" {}
    }

    task "feeds" {
      driver = "exec"
      config {
        command = "local/feeds"
        args    = ["-config-file", "local/feeds.conf"]
      }
      template {
        destination = "local/feeds.conf"
        data        = <<EOF
{{ with nomadVar "nomad/jobs/feeds" -}}
DATABASE_URL=host={{ range nomadService "postgres" }}{{ .Address }}{{ end }} user={{ .login }} password={{ .word }} dbname={{ .base }} sslmode=disable
{{ end -}}
LISTEN_ADDR={{ env "NOMAD_IP_http" }}:{{ env "NOMAD_PORT_http" }}
EOF
      }
    }
  }
}
