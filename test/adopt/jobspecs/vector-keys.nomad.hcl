job "recall" {
  group "recall" {
    network {
      mode = "bridge"
    }
    task "api" {
      driver = "docker"
      config {
        image = "registry.example.net/recall/api:7"
      }
      env {
        PGVECTOR_HOST     = "vectors.service.consul"
        PGVECTOR_PORT     = "5433"
        PGVECTOR_USER     = "recall"
        PGVECTOR_DB       = "memories"
        PGVECTOR_PASSWORD = "not-in-here"
      }
    }
  }
}
