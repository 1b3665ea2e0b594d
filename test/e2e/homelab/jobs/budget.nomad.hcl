job "budget" {
  group "firefly" {
    network {
      mode = "host"
    }
    task "firefly" {
      driver = "raw_exec"
      config {
        command = "__BIN__/firefly"
      }
      template {
        destination = "secrets/${NOMAD_JOB_NAME}.env"
        env         = true
        data        = <<EOF
DB_CONNECTION=pgsql
DB_HOST={{ range $i, $pg := service "postgresql" }}{{ if eq $i 0 }}{{ $pg.Address }}{{ end }}{{ end }}
DB_PORT={{ range $i, $pg := service "postgresql" }}{{ if eq $i 0 }}{{ $pg.Port }}{{ end }}{{ end }}
DB_DATABASE=money
DB_USERNAME=budget
DB_PASSWORD={{ key "house/budget" }}
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
