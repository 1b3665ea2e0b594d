job "grafana" {
  group "grafana" {
    network {
      mode = "host"
      port "http" {
        static = 3000
      }
    }
    task "grafana" {
      driver = "docker"
      config {
        image        = "grafana/grafana-oss:12.1.0"
        network_mode = "host"
      }
      env = {
        GF_DATABASE_TYPE = "postgres"
        GF_DATABASE_HOST = "10.1.1.4:5432"
        GF_DATABASE_NAME = "dashboards"
        GF_DATABASE_USER = "grafana"
      }
      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<-EOT
          {{- with secret "kv/data/grafana/db" }}
          GF_DATABASE_PASSWORD={{ .Data.data.pw }}
          {{- end }}
        EOT
      }
    }
  }
}
