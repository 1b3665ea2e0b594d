job "bookmarks" {
  group "web" {
    network {
      mode = "bridge"
    }
    task "web" {
      driver = "docker"
      config {
        image = "sissbruecker/linkding:1.41"
      }
      template {
        destination = "secrets/web.env"
        env         = true
        data        = <<EOF
LD_DB_ENGINE=postgres
LD_DB_HOST={{ range service "shared-pg" }}{{ .Address }}{{ end }}
LD_DB_PORT={{ range service "shared-pg" }}{{ .Port }}{{ end }}
LD_DB_USER=linkding
LD_DB_DATABASE=linkding
EOF
      }
    }
  }
  group "tasks" {
    network {
      mode = "bridge"
    }
    task "tasks" {
      driver = "docker"
      config {
        image = "sissbruecker/linkding:1.41"
      }
      template {
        destination = "secrets/web.env"
        env         = true
        data        = <<EOF
LD_DB_ENGINE=postgres
LD_DB_HOST={{ range service "shared-pg" }}{{ .Address }}{{ end }}
LD_DB_PORT={{ range service "shared-pg" }}{{ .Port }}{{ end }}
LD_DB_USER=linkding
LD_DB_DATABASE=linkding
EOF
      }
    }
  }
}
