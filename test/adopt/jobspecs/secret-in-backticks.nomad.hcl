job "jotter" {
  group "jotter" {
    network {
      port "http" {
        to = 22300
      }
    }
    task "jotter" {
      driver = "docker"
      config {
        image = "registry.example.net/jotter:3"
        ports = ["http"]
      }
      vault {}
      template {
        destination = "secrets/jotter.env"
        env         = true
        data        = <<EOT
{{ with secret `kv/data/jotter/pg` }}
JOTTER_CONNECTION_STRING="postgresql://jotter:{{ .Data.data.password }}@pg.service.consul:5432/jotter"
{{ end }}
EOT
      }
    }
  }
}
