job "music" {
  group "music" {
    network {
      mode = "host"
    }
    task "music" {
      driver = "raw_exec"
      config {
        command = "__BIN__/music"
      }
      template {
        destination = "secrets/music.env"
        env         = true
        data        = <<EOF
{{ range nomadService "music-database" }}
MUSIC_DB_URL=postgres://band:__PASSWORD__@{{ .Address }}:{{ .Port }}/songs
{{ end }}
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
