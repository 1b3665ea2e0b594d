job "flows" {
  group "flows" {
    network {
      mode = "host"
      port "http" { static = 5678 }
    }

    task "flows" {
      driver = "docker"
      config {
        image        = "n8nio/n8n:1.90.0"
        network_mode = "host"
      }
      env {
        DB_TYPE                = "postgresdb"
        DB_POSTGRESDB_DATABASE = "flows"
        DB_POSTGRESDB_USER     = "flows"
      }
      template {
        destination = "local/db.env"
        env         = true
        data        = <<EOT
{{ with service "pg" }}
{{ with index . 0 }}
DB_POSTGRESDB_HOST="{{ .Address }}"
DB_POSTGRESDB_PORT="{{ .Port }}"
{{ end }}
{{ else }}
# while the catalogue is away
DB_POSTGRESDB_HOST="10.0.7.7"
DB_POSTGRESDB_PORT="5432"
{{ end }}
DB_POSTGRESDB_PASSWORD={{ with secret "secret/data/flows" }}{{ .Data.data.password }}{{ end }}
EOT
      }
    }
  }
}
