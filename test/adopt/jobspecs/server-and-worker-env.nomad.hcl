variable "word" {
  type = string
}

job "mailer" {
  group "server" {
    network {
      mode = "bridge"
    }
    task "server" {
      driver = "docker"
      config {
        image = "example/mailer:6"
      }
      env {
        DATABASE_URL = "postgres://mailer:${var.word}@pg-1.example.net:5432/mailer"
      }
    }
  }

  group "worker" {
    count = 2
    network {
      mode = "bridge"
    }
    task "worker" {
      driver = "docker"
      config {
        image = "example/mailer:6"
        args  = ["worker"]
      }
      env {
        DATABASE_URL = "postgres://mailer:${var.word}@pg-1.example.net:5432/mailer"
      }
    }
  }
}
