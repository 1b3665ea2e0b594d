job "ci" {
  group "woodpecker" {
    network {
      mode = "host"
    }
    task "server" {
      driver = "raw_exec"
      vault {}
      config {
        command = "__BIN__/woodpecker"
      }
      template {
        destination = "secrets/ci.env"
        env         = true
        data        = <<EOF
WOODPECKER_DATABASE_DRIVER=postgres
{{ with secret "secret/data/postgres/ci" }}
{{ $password := .Data.data.password }}
{{ range service "postgresql" }}
WOODPECKER_DATABASE_DATASOURCE=postgres://ci:{{ $password }}@{{ .Address }}:{{ .Port }}/woodpecker?sslmode=disable
{{ end }}
{{ end }}
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
