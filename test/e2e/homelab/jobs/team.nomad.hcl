variable "db_host" {
  type    = string
  default = "__HOST__"
}

variable "db_port" {
  default = "__PORT__"
}

variable "secret" {
  default = "__PASSWORD__"
}

job "team" {
  group "outline" {
    network {
      mode = "host"
    }
    task "outline" {
      driver = "raw_exec"
      config {
        command = "__BIN__/outline"
      }
      env {
        DATABASE_URL = "postgres://outline:${var.secret}@${var.db_host}:${var.db_port}/team?sslmode=disable"
        PGSSLMODE    = "disable"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
