job "history" {
  group "atuin" {
    network {
      mode = "host"
    }
    task "atuin" {
      driver = "raw_exec"
      config {
        command = "__BIN__/atuin"
      }
      template {
        destination = "secrets/a.env"
        env         = true
        data        = <<EOH
          ATUIN_PORT=8888
          {{ range service "postgresql" }}
            ATUIN_DB_URI="postgres://atuin:{{ with nomadVar "nomad/jobs/history" }}{{ .db_password }}{{ end }}@{{ .Address }}:{{ .Port }}/shell?sslmode=disable"
          {{ end }}
        EOH
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
