job "visits" {
  group "umami" {
    network {
      mode = "host"
    }
    task "umami" {
      driver = "raw_exec"
      config {
        command = "__BIN__/umami"
      }
      env {
        DATABASE_URL = "postgresql://umami:__PASSWORD__@__HOST__:__PORT__/analytics?schema=public"
        DIRECT_URL   = "postgresql://umami:__PASSWORD__@__HOST__:__PORT__/analytics?schema=public"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
