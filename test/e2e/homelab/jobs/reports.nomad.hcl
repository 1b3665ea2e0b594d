job "reports" {
  group "reports" {
    task "reports" {
      driver = "raw_exec"
      vault {}
      config {
        command = "__BIN__/reports"
      }
      env {
        PGHOST     = "__HOST__"
        PGPORT     = "__PORT__"
        PGDATABASE = "reporting"
        PGUSER     = "reports"
      }
      template {
        destination = "secrets/pg.env"
        env         = true
        data        = <<EOF
PGPASSWORD={{ with secret "secret/data/postgres/reports" }}{{ .Data.data.password }}{{ end }}
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
