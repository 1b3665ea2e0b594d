# The whole connection string lies in Vault
job "stats" {
  group "stats" {
    network {
      mode = "host"
    }
    task "stats" {
      driver = "raw_exec"
      vault {}
      config {
        command = "__BIN__/stats"
      }
      template {
        destination = "secrets/u.env"
        env         = true
        data        = <<EOF
DATABASE_URL={{ with secret "secret/data/postgres/stats" }}{{ .Data.data.url }}{{ end }}
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
