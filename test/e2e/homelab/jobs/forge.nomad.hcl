job "forge" {
  group "forge" {
    network {
      mode = "bridge"
      port "http" {
        to = 3000
      }
    }
    task "forgejo" {
      driver = "exec"
      vault {}
      config {
        command = "/opt/house/forgejo"
      }
      env {
        FORGEJO__database__DB_TYPE = "postgres"
        FORGEJO__database__NAME    = "git_house"
        FORGEJO__database__USER    = "forge"
      }
      # becomes app.ini
      template {
        destination = "secrets/forge.env"
        env         = true
        data        = <<EOH
FORGEJO__database__HOST={{ range service "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }}
FORGEJO__database__PASSWD={{ with secret "secret/data/postgres/forge" }}{{ .Data.data.password }}{{ end }}
EOH
      }
      resources {
        cpu    = 20
        memory = 48
      }
    }
  }
}
