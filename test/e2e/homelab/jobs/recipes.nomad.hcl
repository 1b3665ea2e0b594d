job "recipes" {
  group "mealie" {
    network {
      mode = "host"
    }
    task "mealie" {
      driver = "raw_exec"
      config {
        command = "__BIN__/mealie"
      }
      env {
        DB_ENGINE         = "postgres"
        POSTGRES_SERVER   = "__HOST__"
        POSTGRES_PORT     = __PORT__
        POSTGRES_DB       = "cookbook"
        POSTGRES_USER     = "mealie"
        POSTGRES_PASSWORD = "__PASSWORD__"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
