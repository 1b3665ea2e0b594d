job "catalogue" {
  group "catalogue" {
    network {
      mode = "bridge"
    }

    task "catalogue" {
      driver = "docker"
      config {
        image = "example/catalogue:1"
      }
      env {
        RAILS_DB          = "catalogue"
        RAILS_DB_HOST     = "pg.service.consul"
        RAILS_DB_PORT     = "5432"
        RAILS_DB_USER     = "rails"
        RAILS_DB_PASSWORD = "not-in-here"
      }
    }
  }
}
