job "collector" {
  group "collector" {
    network {
      mode = "host"
    }
    task "collect" {
      driver = "raw_exec"
      config {
        command = "/usr/local/bin/collect"
      }
      template {
        destination = "secrets/collect.env"
        env         = true
        data        = <<EOF
COLLECT_DSN=host={{ range nomadService "postgres" }}{{ .Address }}{{ end }} port=5432 user=collect dbname=metrics sslmode=disable
EOF
      }
    }
  }
}
