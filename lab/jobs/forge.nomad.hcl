# Gitea, for the house's own repositories.
# Web and API: __APP_URL__ (git over HTTP only, no SSH)
#
# Gitea lies unpacked in /srv/gitea of the node: the host volume "gitea_program", read-only.
job "forge" {
  datacenters = ["dc1"]
  type        = "service"

  update {
    max_parallel     = 1
    min_healthy_time = "2s"
    healthy_deadline = "3m"
    auto_revert      = true
  }

  group "forge" {
    count = 1

    network {
      mode = "host"
      port "http" {
        static = __APP_PORT__
      }
    }

    # Repositories, attachments, avatars, app.ini
    volume "data" {
      type            = "host"
      source          = "forge_data"
      access_mode     = "single-node-single-writer"
      attachment_mode = "file-system"
    }

    volume "program" {
      type      = "host"
      source    = "gitea_program"
      read_only = true
    }

    service {
      name     = "forge"
      provider = "nomad"
      port     = "http"
      tags     = ["home", "git"]

      check {
        type     = "http"
        path     = "/api/healthz"
        interval = "2s"
        timeout  = "2s"
      }
    }

    restart {
      attempts = 10
      interval = "10m"
      delay    = "2s"
      mode     = "delay"
    }

    task "gitea" {
      driver       = "exec"
      kill_timeout = "20s" # requests that are under way are let finish

      vault {}

      config {
        command = "/bin/sh"
        args    = ["/local/start.sh"]
      }

      env {
        USER           = "nobody"
        HOME           = "/data/home"
        GITEA_WORK_DIR = "/data/gitea"
        GITEA_CUSTOM   = "/data/gitea"
        GITEA_APP_INI  = "/data/gitea/conf/app.ini"
        TZ             = "UTC"

        GITEA__security__INSTALL_LOCK        = "true"
        GITEA__server__ROOT_URL              = "__APP_URL__/"
        GITEA__server__HTTP_PORT             = "${NOMAD_PORT_http}"
        GITEA__server__STATIC_ROOT_PATH      = "/srv/gitea"
        GITEA__server__APP_DATA_PATH         = "/data/gitea"
        GITEA__server__DISABLE_SSH           = "true"
        GITEA__server__OFFLINE_MODE          = "true"
        GITEA__repository__ROOT              = "/data/git/repositories"
        GITEA__repository__SCRIPT_TYPE       = "sh" # no bash here
        GITEA__service__DISABLE_REGISTRATION = "true"
        GITEA__log__LEVEL                    = "warn"
      }

      # Database: the shared one (jobs/src/postgresql.nomad.hcl)
      template {
        destination = "secrets/database.env"
        env         = true
        data        = <<EOH
GITEA__database__DB_TYPE=postgres
GITEA__database__HOST={{ range nomadService "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }}
GITEA__database__NAME=forge
GITEA__database__USER=forge
GITEA__database__PASSWD={{ with secret "secret/data/postgres/forge" }}{{ .Data.data.password }}{{ end }}
GITEA__database__SSL_MODE=disable
EOH
      }

      # As the image does it: the environment is written into app.ini at every start.
      template {
        destination = "local/start.sh"
        change_mode = "noop"
        data        = <<EOH
set -eu
umask 077
mkdir -p "$HOME" "$(dirname "$GITEA_APP_INI")"
touch "$GITEA_APP_INI"
/srv/gitea/gitea config edit-ini --config "$GITEA_APP_INI" --in-place --apply-env
exec /srv/gitea/gitea web --config "$GITEA_APP_INI"
EOH
      }

      volume_mount {
        volume      = "data"
        destination = "/data"
      }

      volume_mount {
        volume      = "program"
        destination = "/srv/gitea"
        read_only   = true
      }

      resources {
        cpu    = 500
        memory = 512
      }
    }
  }
}
