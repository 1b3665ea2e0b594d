job "gate" {
  group "gate" {
    network {
      mode = "bridge"
    }
    task "app" {
      driver = "docker"
      config {
        image = "example/gate:4"
        args  = ["serve", "--db", "postgres://gate:pw@postgres.service.consul/gate"]
      }
      env {
        LOG = "info"
      }
    }
  }
}
