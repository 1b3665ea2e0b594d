job "payroll" {
  group "payroll" {
    network {
      mode = "bridge"
    }
    vault {
      role = "payroll-jobs"
    }

    task "payroll" {
      driver = "docker"
      config {
        image = "example/payroll:2"
      }
      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOT
PGHOST=pg.service.consul
PGPORT=5432
PGDATABASE=payroll
PGUSER=payroll
PGPASSWORD={{ with secret "secret/data/payroll" }}{{ .Data.data.password }}{{ end }}
EOT
      }
    }
  }
}
