# Gitea ------------------------------------------------------------
#   web  __APP_URL__
#   ssh  not here, see the router
# ------------------------------------------------------------------
job "gitea" {
  datacenters = ["dc1"]

  update {
    min_healthy_time = "2s"
    healthy_deadline = "3m"
  }

  group "gitea" {
    network {
      mode = "host"
      port "http" { static = __APP_PORT__ }
    }

    volume "gitea" {
      type            = "host"
      source          = "gitea_data"
      access_mode     = "single-node-single-writer"
      attachment_mode = "file-system"
    }

    task "gitea" {
      driver = "__DRIVER__"

      config {
        __APP_IMAGE__
        __HOST_NETWORK__
        command = "/usr/bin/node"
        args    = ["/opt/gitea/app.cjs"]
      }

      env {
        GITEA_WORK_DIR                        = "/var/lib/gitea"
        GITEA__server__ROOT_URL               = "__APP_URL__"
        GITEA__service__DISABLE_REGISTRATION  = "true"
        GITEA__database__DB_TYPE              = "postgres"
        GITEA__database__NAME                 = "gitea"
        GITEA__database__USER                 = "gitea"
        GITEA__indexer__REPO_INDEXER_ENABLED  = "false"
      }

      # becomes app.ini at every start
      template {
        destination = "secrets/gitea.env"
        env         = true
        change_mode = "restart"
        data        = <<EOH
GITEA__database__HOST={{ range nomadService "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }}
GITEA__database__PASSWD={{ with secret "secret/data/postgres/gitea" }}{{ .Data.data.password }}{{ end }}
EOH
      }

      vault {}

      volume_mount {
        volume      = "gitea"
        destination = "/var/lib/gitea"
      }

      service {
        name     = "gitea"
        provider = "nomad"
        port     = "http"
        check {
          type     = "http"
          path     = "/health"
          interval = "3s"
          timeout  = "2s"
        }
      }

      resources {
        cpu    = 50
        memory = 96
      }
    }
  }
}
