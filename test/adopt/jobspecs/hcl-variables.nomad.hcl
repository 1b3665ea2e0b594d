job "feeds" {
  group "feeds" {
    network {
      mode = "bridge"
    }
    task "app" {
      driver = "docker"
      config {
        image = "${var.image}:${var.tag}"
      }
      env {
        DATABASE_URL = "postgres://miniflux:${var.password}@${var.db_host}/miniflux2?sslmode=disable"
      }
    }
  }
}
variable "db_host" {
  type    = string
  default = "postgres.service.consul"
}
variable "image" {
  default = "miniflux/miniflux"
}
variable "tag" {
  default = "2.2.12"
}
variable "password" {}
