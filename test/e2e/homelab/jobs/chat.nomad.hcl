job "chat" {
  group "chat" {
    network {
      mode = "host"
    }
    task "chat" {
      driver = "raw_exec"
      config {
        command = "__BIN__/chat"
      }
      # port and password are in the app's own defaults
      env {
        CHAT_POSTGRES_HOST = "__HOST__"
        CHAT_POSTGRES_NAME = "rooms"
        CHAT_POSTGRES_USER = "chat"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
