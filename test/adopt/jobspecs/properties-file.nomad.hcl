job "flows" {
  group "flows" {
    network {
      mode = "bridge"
    }
    task "flows" {
      driver = "docker"
      config {
        image = "registry.example.net/flows:3.1"
      }
      template {
        destination = "local/app.properties"
        data        = <<EOF
flows.db.type=postgres
spring.datasource.url=jdbc:postgresql://{{ range service "postgres" }}{{ .Address }}:{{ .Port }}{{ end }}/flows
spring.datasource.username=flows_rw
spring.datasource.password={{ with secret "kv/data/flows" }}{{ .Data.data.password }}{{ end }}
flows.search.url=http://{{ range service "search" }}{{ .Address }}:{{ .Port }}{{ end }}
EOF
      }
    }
  }
}
