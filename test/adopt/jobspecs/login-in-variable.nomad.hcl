job "shiori" {
  group "shiori" {
    network {
      mode = "bridge"
    }
    task "shiori" {
      driver = "docker"
      config {
        image = "ghcr.io/go-shiori/shiori:v1.8"
      }
      template {
        destination = "secrets/s.env"
        env         = true
        data        = <<EOF
{{- with nomadVar "nomad/jobs/shiori" -}}
{{- $user := .db_user -}}
{{- range nomadService "postgres" }}
SHIORI_DATABASE_URL=postgres://{{ $user }}:secret-word@{{ .Address }}:{{ .Port }}/shiori
{{- end }}
{{- end }}
EOF
      }
    }
  }
}
