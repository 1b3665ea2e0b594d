job "dump" {
  type = "batch"
  periodic {
    crons = ["0 3 * * *"]
  }
  group "dump" {
    task "dump" {
      driver = "docker"
      config {
        image   = "postgres:16"
        command = "pg_dump"
        args    = ["-Fc", "-f", "/out/all.dump"]
      }
      env {
        PGHOST     = "postgres.service.consul"
        PGDATABASE = "shop"
        PGUSER     = "shop"
      }
    }
  }
}
