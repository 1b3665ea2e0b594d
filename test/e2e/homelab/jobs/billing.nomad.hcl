job "billing" {
  group "billing" {
    network {
      mode = "bridge"
      dns {
        servers = ["__DNS__"]
      }
    }
    task "spring" {
      driver = "exec"
      vault {}
      config {
        command = "/opt/house/billing"
      }
      env {
        SPRING_DATASOURCE_URL      = "jdbc:postgresql://postgresql.service.consul:__PORT__/invoices"
        SPRING_DATASOURCE_USERNAME = "billing"
      }
      template {
        destination = "secrets/spring.env"
        env         = true
        data        = <<EOF
{{- with secret "secret/data/postgres/billing" -}}
SPRING_DATASOURCE_PASSWORD={{ index .Data.data "password" }}
{{- end }}
EOF
      }
      resources {
        cpu    = 20
        memory = 48
      }
    }
  }
}
