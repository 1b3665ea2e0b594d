job "boards" {
  group "boards" {
    network {
      port "http" { to = 3456 }
    }

    task "boards" {
      driver = "docker"
      config {
        image = "example/boards:${BOARDS_TAG}"
        ports = ["http"]
      }
      template {
        destination = "local/tag.env"
        env         = true
        data        = <<EOT
{{ with nomadVar "nomad/jobs/boards" }}
BOARDS_TAG={{ .tag }}
{{ end }}
EOT
      }
      env {
        BOARDS_DSN = "host=10.6.0.2 port=5432 user=boards dbname=boards sslmode=disable"
      }
    }
  }
}
