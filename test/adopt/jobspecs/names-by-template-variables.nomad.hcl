job "votes" {
  group "api" {
    network {
      port "api" { to = 4000 }
    }

    task "api" {
      driver = "docker"
      config {
        image = "example/votes:1.2"
        ports = ["api"]
      }
      template {
        destination = "secrets/env"
        env         = true
        data        = <<EOF
{{- with nomadVar "nomad/jobs/votes" }}
SESSION_KEY={{ .session_key }}
{{- $login := .pg_login -}}
{{- $word := .pg_word -}}
{{- $base := .pg_base -}}
{{- range nomadService "postgres" }}
VOTES_STORE=postgresql://{{ $login }}:{{ $word }}@{{ .Address }}:{{ .Port }}/{{ $base }}
{{- end }}
{{- end }}
EOF
      }
    }
  }
}
