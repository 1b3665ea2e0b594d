# Its own server, told by files; found by the port that Nomad gives
job "board" {
  group "board" {
    network {
      mode = "host"
      port "pg" {}
    }
    task "pg" {
      driver = "exec"
      user   = "postgres"
      config {
        command = "/opt/house/postgres-entrypoint"
        args    = ["postgres", "-c", "shared_buffers=16MB"]
      }
      template {
        destination = "local/name"
        data        = "kanban"
      }
      env {
        POSTGRES_DB_FILE  = "/local/name"
        POSTGRES_PASSWORD = "__PASSWORD__"
        PGPORT            = "${NOMAD_PORT_pg}"
      }
      resources {
        cpu    = 50
        memory = 96
      }
    }
    task "board" {
      driver = "raw_exec"
      config {
        command = "__BIN__/board"
      }
      env {
        BOARD_DATABASE_HOST     = "${NOMAD_IP_pg}"
        BOARD_DATABASE_PORT     = "${NOMAD_PORT_pg}"
        BOARD_DATABASE_NAME     = "kanban"
        BOARD_DATABASE_USER     = "postgres"
        BOARD_DATABASE_PASSWORD = "__PASSWORD__"
        BOARD_DATABASE_TYPE     = "postgres"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
