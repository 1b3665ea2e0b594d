job "reading" {
  group "web" {
    network {
      mode = "host"
    }
    task "web" {
      driver = "raw_exec"
      config {
        command = "__BIN__/reading"
      }
      template {
        destination = "secrets/web.env"
        env         = true
        data        = <<EOF
READING_DB_TYPE=postgres
READING_DB_HOST={{ range service "postgresql" }}{{ .Address }}{{ end }}
READING_DB_PORT={{ range service "postgresql" }}{{ .Port }}{{ end }}
READING_DB_USER=reading
READING_DB_NAME=reading_list
READING_DB_PASSWORD={{ key "house/reading" }}
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
  group "fetch" {
    network {
      mode = "host"
    }
    task "fetch" {
      driver = "raw_exec"
      config {
        command = "__BIN__/reading"
      }
      template {
        destination = "secrets/fetch.env"
        env         = true
        data        = <<EOF
READING_DB_TYPE=postgres
READING_DB_HOST={{ range service "postgresql" }}{{ .Address }}{{ end }}
READING_DB_PORT={{ range service "postgresql" }}{{ .Port }}{{ end }}
READING_DB_USER=reading
READING_DB_NAME=reading_list
READING_DB_PASSWORD={{ key "house/reading" }}
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
