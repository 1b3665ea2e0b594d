job "plants" {
  group "plants" {
    network {
      mode = "bridge"
    }

    task "plants" {
      driver = "podman"
      config {
        image = "docker.io/example/plants:1"
      }
      env = {
        PLANTS_DB_HOST = "10.8.0.3",
        PLANTS_DB_PORT = "5432",
        PLANTS_DB_NAME = "plants",
        PLANTS_DB_USER = "plants",
        PLANTS_DB_TYPE = "postgresql"
      }
    }
  }
}
