job "matrix" {
  group "synapse" {
    network {
      mode = "bridge"
    }
    task "synapse" {
      driver = "docker"
      config {
        image = "matrixdotorg/synapse:v1.140"
      }
      template {
        destination = "secrets/homeserver.yaml"
        data        = <<-EOF
          server_name: example.org
          database:
            name: psycopg2
            args:
              user: synapse
              password: "{{ with secret "secret/data/postgres/synapse" }}{{ .Data.data.password }}{{ end }}"
              database: synapse
              host: pg.service.consul
              port: 5432
              cp_max: 10
        EOF
      }
    }
  }
}
