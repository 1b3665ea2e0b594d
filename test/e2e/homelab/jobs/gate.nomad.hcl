job "gate" {
  group "gate" {
    network {
      mode = "host"
    }
    task "gate" {
      driver = "raw_exec"
      config {
        command = "__BIN__/gate"
        args    = ["serve", "--db", "postgres://gate:__PASSWORD__@__HOST__:__PORT__/doors"]
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
