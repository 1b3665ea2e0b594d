job "chat" {
  group "chat" {
    network {
      mode = "host"
    }
    task "app" {
      driver = "docker"
      config {
        image = "example/chat:7"
        network_mode = "host"
      }
      env {
        CHAT_DB_HOST     = "postgres.service.consul"
        CHAT_DB_NAME     = "chat"
        CHAT_DB_USER     = "chat"
        CHAT_DB_PASSWORD = "pw"
      }
    }
  }
}
