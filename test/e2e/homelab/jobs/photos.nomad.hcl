job "photos" {
  group "photos" {
    network {
      mode = "host"
    }
    task "photos" {
      driver = "raw_exec"
      config {
        command = "__BIN__/photos"
        args    = ["${NOMAD_SECRETS_DIR}/photos.ini"]
      }
      template {
        destination = "secrets/photos.ini"
        perms       = "600"
        data        = <<EOF
[web]
port = 8001

[database]
engine = postgresql
host = {{ range service "postgresql" }}{{ .Address }}{{ end }}
port = {{ range service "postgresql" }}{{ .Port }}{{ end }}
name = album
user = photos
password = {{ key "house/photos" }}
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
