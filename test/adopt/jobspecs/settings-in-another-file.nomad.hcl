job "feeds" {
  group "feeds" {
    network {
      port "http" {
        to = 8080
      }
    }
    task "feeds" {
      driver = "podman"
      config {
        image = "docker.io/miniflux/miniflux:2.2"
        ports = ["http"]
      }
      template {
        data        = file("feeds.env")
        destination = "secrets/feeds.env"
        env         = true
      }
    }
  }
}
