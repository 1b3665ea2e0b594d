job "gitea" {
  datacenters = ["dc1"]
  group "gitea" {
    network {
      mode = "host"
    }
    task "gitea" {
      driver = "docker"
      vault {}
      config {
        image        = "gitea/gitea:1.24"
        network_mode = "host"
      }
      env = {
        "GITEA__database__DB_TYPE" = "postgres"
        "GITEA__database__HOST"    = "10.0.0.5:5432"
        "GITEA__database__NAME"    = "gitea"
        "GITEA__database__USER"    = "gitea"
      }
      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOF
GITEA__database__PASSWD={{ with secret "secret/data/postgres/gitea" }}{{ .Data.data.password }}{{ end }}
EOF
      }
    }
  }
}
