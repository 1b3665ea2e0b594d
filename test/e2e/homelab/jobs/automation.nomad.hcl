job "automation" {
  group "n8n" {
    network {
      mode = "host"
    }
    task "n8n" {
      driver = "raw_exec"
      vault {}
      config {
        command = "__BIN__/n8n"
      }
      env {
        DB_TYPE                     = "postgresdb"
        DB_POSTGRESDB_HOST          = "__HOST__"
        DB_POSTGRESDB_PORT          = "__PORT__"
        DB_POSTGRESDB_DATABASE      = "workflows"
        DB_POSTGRESDB_USER          = "n8n"
        DB_POSTGRESDB_PASSWORD_FILE = "${NOMAD_SECRETS_DIR}/password"
      }
      template {
        destination = "secrets/password"
        data        = "{{ with secret \"secret/data/postgres/automation\" }}{{ .Data.data.password }}{{ end }}"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
