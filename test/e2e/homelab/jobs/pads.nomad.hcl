job "pads" {
  group "pads" {
    network {
      mode = "host"
    }
    task "hedgedoc" {
      driver = "raw_exec"
      config {
        command = "__BIN__/hedgedoc"
      }
      template {
        destination = "secrets/pads.env"
        env         = true
        data        = <<EOF
CMD_DB_URL="postgres://pads:{{ with nomadVar "nomad/jobs/pads" }}{{ .db_password }}{{ end }}@{{ with service "postgresql" }}{{ (index . 0).Address }}:{{ (index . 0).Port }}{{ end }}/pads_db"
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
