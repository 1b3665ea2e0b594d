job "todo" {
  datacenters = ["dc1"]

  group "todo" {
    network {
      port "web" { to = 3456 }
    }

    task "vikunja" {
      driver = "raw_exec"
      vault {}
      config {
        command = "__BIN__/vikunja"
      }
      env {
        VIKUNJA_DATABASE_TYPE     = "postgres"
        VIKUNJA_DATABASE_HOST     = "__HOST__:__PORT__"
        VIKUNJA_DATABASE_DATABASE = "tasks"
        VIKUNJA_DATABASE_USER     = "vikunja"
      }
      template {
        data        = "VIKUNJA_DATABASE_PASSWORD={{ with secret \"secret/data/postgres/todo\" }}{{ .Data.data.password }}{{ end }}\n"
        destination = "secrets/password.env"
        env         = true
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
