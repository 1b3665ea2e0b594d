job "tunnel" {
  group "tunnel" {
    network {
      mode = "bridge"
      port "http" { to = 80 }
    }

    task "tunnel" {
      driver = "docker"
      config {
        image        = "example/tunnel:4"
        network_mode = "lan"
      }
      env {
        APP_ENV      = "production"
        DATABASE_URL = "postgresql://tunnel:not-in-here@192.168.9.9:5432/tunnel" # the old server
      }
    }
  }
}
