job "matrix" {
  group "synapse" {
    network {
      mode = "host"
    }
    task "synapse" {
      driver = "exec"
      vault {}
      config {
        command = "/opt/house/synapse"
        args    = ["/secrets/homeserver.yaml"]
      }
      template {
        destination = "secrets/homeserver.yaml"
        data        = <<-EOF
          server_name: example.org
          database:
            name: psycopg2
            args:
              user: synapse
              password: "{{ with secret "secret/data/postgres/matrix" }}{{ .Data.data.password }}{{ end }}"
              database: homeserver
              host: {{ range service "postgresql" }}{{ .Address }}{{ end }}
              port: __PORT__
              cp_max: 10
        EOF
      }
      resources {
        cpu    = 20
        memory = 48
      }
    }
  }
}
