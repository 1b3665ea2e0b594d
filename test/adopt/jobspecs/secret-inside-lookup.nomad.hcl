job "albums" {
  group "albums" {
    network {
      port "http" { to = 3000 }
    }

    task "albums" {
      driver = "docker"
      config {
        image = "example/albums:9"
        ports = ["http"]
      }
      vault {}
      template {
        destination = "secrets/albums.env"
        env         = true
        data        = <<EOT
# Where the pictures' index lives
{{- range service "postgres" }}
ALBUMS_DB_HOST={{ .Address }}
ALBUMS_DB_PORT={{ .Port }}
{{ with secret "kv/data/albums" }}
ALBUMS_DB_NAME="{{ .Data.data.base }}"
ALBUMS_DB_USER="{{ .Data.data.user }}"
ALBUMS_DB_PASSWORD="{{ .Data.data.password }}"
{{ end }}
{{- end }}
{{- range service "cache" }}
CACHE_HOST={{ .Address }}
{{- end }}
EOT
      }
    }
  }
}
