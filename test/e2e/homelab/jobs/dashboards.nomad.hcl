job "dashboards" {
  group "grafana" {
    network {
      mode = "host"
      port "http" {}
    }
    task "grafana" {
      driver = "raw_exec"
      vault {}
      config {
        command = "__BIN__/grafana"
      }
      env = {
        GF_DATABASE_TYPE = "postgres"
        GF_DATABASE_HOST = "__HOST__:__PORT__"
        GF_DATABASE_NAME = "panels"
        GF_DATABASE_USER = "dashboards"
      }
      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<-EOT
          {{- with secret "secret/data/postgres/dashboards" }}
          GF_DATABASE_PASSWORD={{ .Data.data.pw }}
          {{- end }}
        EOT
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
