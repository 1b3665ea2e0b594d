job "pipes" {
  group "pipes" {
    network {
      port "http" {
        to = 8000
      }
    }
    task "server" {
      driver = "docker"
      config {
        image = "registry.example.net/pipes/server:3"
        ports = ["http"]
      }
      template {
        destination = "secrets/pipes.env"
        env         = true
        data        = <<EOT
PIPES_HOST=https://pipes.example.net
{{ with secret `kv/data/shared/pg` }}
PIPES_STORE_URL="postgresql://pipes:{{ .Data.data.password }}@pg.service.consul:5432/pipes?sslmode=verify-full&connect_timeout=5"
{{ end }}
EOT
      }
    }
  }
}
