job "collector" {
  group "collector" {
    network {
      mode = "host"
    }
    task "collect" {
      driver = "raw_exec"
      config {
        command = "__BIN__/collect"
      }
      template {
        destination = "secrets/collect.env"
        env         = true
        data        = <<EOF
COLLECT_DSN=host={{ range service "postgresql|passing" }}{{ .Address }}{{ end }} port=__PORT__ user=collect password={{ key "house/collector" }} dbname=metrics sslmode=disable
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
