job "wiki" {
  datacenters = ["home"]
  group "wiki" {
    network {
      mode = "bridge"
      port "http" {
        to = 3000
      }
    }
    task "app" {
      driver = "docker"
      config {
        image = "example/wiki:2.5" # unknown to any table
        ports = ["http"]
      }
      env {
        WIKI_DATABASE_URI = "postgres://wiki:sailing-boat@db.service.consul:5432/wikidb?sslmode=disable"
        LOG_LEVEL         = "info"
      }
    }
  }
}
