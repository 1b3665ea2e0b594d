job "umami" {
  group "umami" {
    network {
      mode = "bridge"
    }
    task "umami" {
      driver = "docker"
      config {
        image = "ghcr.io/umami-software/umami:postgresql-v2"
      }
      template {
        destination = "secrets/u.env"
        env         = true
        data        = <<EOF
DATABASE_URL={{ with secret "secret/data/umami" }}{{ .Data.data.url }}{{ end }}
EOF
      }
    }
  }
}
