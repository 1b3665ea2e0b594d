# FreshRSS: web and the feeds' fetcher, both on one folder
job "freshrss" {
  datacenters = ["dc1"]

  group "freshrss" {
    network {
      mode = "host"
      port "http" {
        static = 8085
      }
    }

    volume "data" {
      type   = "host"
      source = "freshrss_data"
    }

    task "freshrss" {
      driver = "docker"
      user   = "33:33"

      config {
        image        = "freshrss/freshrss:1.26.3"
        network_mode = "host"
        ports        = ["http"]
        args         = ["apache2-foreground"]

        mount {
          type   = "bind"
          source = "/srv/extensions"
          target = "/var/www/FreshRSS/extensions"
        }
      }

      env {
        TZ       = "Europe/Berlin"
        CRON_MIN = "${meta.minutes}"
      }

      volume_mount {
        volume      = "data"
        destination = "/var/www/FreshRSS/data"
      }
    }

    task "freshrss-cron" {
      driver = "docker"

      config {
        image        = "freshrss/freshrss:1.26.3"
        network_mode = "host"
        command      = "cron"
      }

      volume_mount {
        volume      = "data"
        destination = "/var/www/FreshRSS/data"
      }
    }
  }
}
