job "ledger" {
  group "api" {
    network {
      mode = "host"
    }
    task "api" {
      driver = "raw_exec"
      config {
        command = "__BIN__/ledger"
      }
      template {
        destination = "${NOMAD_SECRETS_DIR}/ledger.env"
        env         = true
        data        = <<EOT
LEDGER_DB_HOST={{ range service "postgresql" }}{{ .Address }}{{ end }}
LEDGER_DB_PORT={{ range service "postgresql" }}{{ .Port }}{{ end }}
LEDGER_DB_NAME=bookkeeping
LEDGER_DB_USER=ledger_rw
LEDGER_DB_PASSWORD={{ key "house/ledger" }}
LEDGER_CACHE_HOST=127.0.0.1
EOT
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
