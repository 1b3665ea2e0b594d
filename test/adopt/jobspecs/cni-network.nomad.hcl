job "atuin" {
  group "atuin" {
    network {
      mode = "cni/macnet"
    }
    task "atuin" {
      driver = "docker"
      config {
        image = "ghcr.io/atuinsh/atuin:18"
      }
      template {
        destination = "secrets/a.env"
        env         = true
        data        = <<EOH
          ATUIN_PORT=8888
          {{ range service "postgres" }}
            ATUIN_DB_URI="postgres://atuin:{{ with nomadVar "nomad/jobs/atuin" }}{{ .PG_PASSWORD }}{{ end }}@{{ .Address }}:{{ .Port }}/atuin?sslmode=disable"
          {{ end }}
        EOH
      }
    }
  }
}
