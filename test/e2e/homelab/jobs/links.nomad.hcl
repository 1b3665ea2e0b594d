job "links" {
  type = "service"
  group "web" {
    network { mode = "host" }
    task "linkding" {
      driver = "raw_exec"
      config {
        command = "__BIN__/linkding"
      }
      env = {
        LD_DB_ENGINE   = "postgres"
        LD_DB_HOST     = "__HOST__"
        LD_DB_PORT     = "__PORT__"
        LD_DB_DATABASE = "bookmarks"
        LD_DB_USER     = "linkding"
      }
      template {
        destination = "${NOMAD_SECRETS_DIR}/linkding.env"
        env         = true
        change_mode = "noop"
        data        = <<EOF
LD_DB_PASSWORD="{{ with nomadVar "nomad/jobs/links" }}{{ .db_password }}{{ end }}"
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
