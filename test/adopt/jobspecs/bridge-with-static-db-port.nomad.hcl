job "maps" {
  group "maps" {
    network {
      mode = "bridge"
      port "http" { to = 80 }
    }
    service {
      name     = "maps"
      port     = "http"
      provider = "nomad"
    }

    task "maps" {
      driver = "docker"
      config {
        image = "example/maps:1@sha256:0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
      }
      env {
        MAPS_DB_URL      = "jdbc:postgresql://[fd00::5]:5432/maps?ssl=false"
        MAPS_DB_USERNAME = "maps"
        MAPS_DB_PASSWORD = "not-in-here"
      }
    }
  }
}
