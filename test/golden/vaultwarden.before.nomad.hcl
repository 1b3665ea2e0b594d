job "vaultwarden" {
  datacenters = ["dc1"]
  group "vault" {
    network {
      mode = "bridge"
      port "http" { to = 80 }
    }
    task "server" {
      driver = "docker"
      vault {}
      config { image = "vaultwarden/server:1.34-alpine" }
      template {
        destination = "secrets/db.env"
        env = true
        data = <<EOF
DATABASE_URL=postgresql://vaultwarden:{{ with secret "secret/data/postgres/vaultwarden" }}{{ .Data.data.password }}{{ end }}@{{ range nomadService "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }}/vaultwarden?application_name=vw
DATABASE_MAX_CONNS=5
EOF
      }
    }
  }
}
