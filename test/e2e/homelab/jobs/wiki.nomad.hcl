# Wiki of the house
job "wiki" {
  group "wiki" {
    network {
      mode = "bridge"

      dns {
        servers = ["__DNS__"]
      }
    }

    task "wiki" {
      driver = "exec"

      config {
        command = "/opt/house/wiki"
      }

      template {
        destination = "secrets/wiki.env"
        env         = true
        data        = <<EOF
WIKI_DATABASE_URI=postgresql+psycopg2://wiki:{{ key "house/wiki/password" }}@postgresql.service.consul:__PORT__/wikidb
EOF
      }

      resources {
        cpu    = 20
        memory = 48
      }
    }
  }
}
