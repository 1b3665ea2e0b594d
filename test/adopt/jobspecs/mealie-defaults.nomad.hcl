job "kitchen" {
  group "kitchen" {
    network {
      mode = "bridge"
      port "http" { to = 9000 }
    }
    volume "kitchen" {
      type            = "csi"
      source          = "kitchen"
      access_mode     = "single-node-writer"
      attachment_mode = "file-system"
    }

    task "kitchen" {
      driver = "docker"
      config {
        image = "ghcr.io/mealie-recipes/mealie:v2.6.0"
        ports = ["http"]
      }
      volume_mount {
        volume      = "kitchen"
        destination = "/app/data"
      }
      env {
        DB_ENGINE       = "postgres"
        POSTGRES_SERVER = "postgres.home"
        POSTGRES_PORT   = "5432"
      }
      template {
        destination = "secrets/word.env"
        env         = true
        data        = "POSTGRES_PASSWORD={{ with secret \"kv/data/kitchen\" }}{{ .Data.data.word }}{{ end }}\n"
      }
    }
  }
}
