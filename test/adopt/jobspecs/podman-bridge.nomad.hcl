job "rss" {
  group "rss" {
    network {
      mode = "bridge"
    }
    task "app" {
      driver = "podman"
      config {
        image = "docker.io/example/reader:3"
      }
      env {
        POSTGRES_HOST     = "172.16.0.9"
        POSTGRES_PORT     = 5432
        POSTGRES_DB       = "reader"
        POSTGRES_USER     = "reader"
        POSTGRES_PASSWORD = "${var.pw}"
      }
    }
  }
}
variable "pw" {
  type = string
}
