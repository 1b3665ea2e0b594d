variable "db_endpoint" {
  type = string
}

variable "db_password" {
  type = string
}

job "social" {
  group "web" {
    network {
      mode = "host"
    }
    task "web" {
      driver = "docker"
      config {
        image        = "ghcr.io/mastodon/mastodon:v4.3.1"
        network_mode = "host"
      }
      env {
        LOCAL_DOMAIN = "social.example.net"
        REDIS_HOST   = "localhost"
        DB_HOST      = var.db_endpoint
        DB_NAME      = "social"
        DB_USER      = "social"
        DB_PASS      = var.db_password
        SMTP_SERVER  = "mail.example.net"
      }
    }
  }
}
