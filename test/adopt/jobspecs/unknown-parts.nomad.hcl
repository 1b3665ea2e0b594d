job "ledger" {
  group "api" {
    network {
      mode = "bridge"
    }
    task "api" {
      driver = "docker"
      config {
        image = "registry.example.net/ledger/api:91"
      }
      template {
        destination = "${NOMAD_SECRETS_DIR}/ledger.env"
        env         = true
        data        = <<EOT
LEDGER_STORE_HOST={{ range service "postgres-main" }}{{ .Address }}{{ end }}
LEDGER_STORE_PORT={{ range service "postgres-main" }}{{ .Port }}{{ end }}
LEDGER_STORE_NAME=ledger
LEDGER_STORE_USER=ledger_rw
LEDGER_STORE_PASSWORD={{ key "ledger/password" }}
LEDGER_CACHE_HOST={{ range service "redis" }}{{ .Address }}{{ end }}
EOT
      }
    }
  }
}
