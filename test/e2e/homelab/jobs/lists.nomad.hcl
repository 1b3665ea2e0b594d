job "lists" {
  group "lists" {
    network {
      mode = "host"
    }
    task "lists" {
      driver = "raw_exec"
      config {
        command = "__BIN__/lists"
      }
      env {
        DB_TYPE = "sqlite3"
        DB_HOST = "__HOST__"
        DB_NAME = "lists"
        DB_USER = "lists"
      }
      resources {
        cpu    = 10
        memory = 32
      }
    }
  }
}
