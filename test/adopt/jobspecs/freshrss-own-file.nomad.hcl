job "freshrss" {
  group "freshrss" {
    network {
      mode = "bridge"
    }
    task "app" {
      driver = "docker"
      config {
        image = "freshrss/freshrss:1.27"
      }
      env {
        CRON_MIN = "13"
      }
    }
  }
}
