# Two copies of the web part, one worker.
job "speedtest" {
  datacenters = ["dc1"]
  type        = "service"

  group "web" {
    count = 2

    network {
      port "http" {}
    }

    task "app" {
      driver = "exec"

      vault {}

      config {
        command = "/usr/bin/node"
        args    = ["/opt/speedtest/app.cjs"]
      }

      env {
        APP_NAME = "Speedtest"
      }

      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOH
DB_CONNECTION=pgsql
DB_HOST={{ range nomadService "speedtest-postgres" }}{{ .Address }}{{ end }}
DB_PORT={{ range nomadService "speedtest-postgres" }}{{ .Port }}{{ end }}
DB_DATABASE=speedtest
DB_USERNAME=speedtest
DB_PASSWORD={{ with secret "secret/data/postgres/speedtest" }}{{ .Data.data.password }}{{ end }}
EOH
      }
    }
    # >>> dbctl part 9167ba55ef85
    # was {"task":"app","place":"template","key":"DB_HOST","form":"lines","from":"DB_HOST={{ range nomadService \"postgresql\" }}{{ .Address }}{{ end }}","to":"DB_HOST={{ range nomadService \"speedtest-postgres\" }}{{ .Address }}{{ end }}"}
    # was {"task":"app","place":"template","key":"DB_PORT","form":"lines","from":"DB_PORT={{ range nomadService \"postgresql\" }}{{ .Port }}{{ end }}","to":"DB_PORT={{ range nomadService \"speedtest-postgres\" }}{{ .Port }}{{ end }}"}
    # Rendered by dbctl: change dbctl.yaml, not these lines. "was" keeps what dbctl changed in this file.
    # The database is in job "speedtest-postgres", a file of its own beside this one.
    # <<< dbctl part 411d517da579
  }

  group "worker" {
    task "app" {
      driver = "exec"

      vault {}

      config {
        command = "/usr/bin/node"
        args    = ["/opt/speedtest/worker.cjs"]
      }

      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOH
DB_CONNECTION=pgsql
{{ with nomadService "speedtest-postgres" }}{{ with index . 0 }}
DB_HOST={{ .Address }}
DB_PORT={{ .Port }}
{{ end }}{{ end }}
DB_DATABASE=speedtest
DB_USERNAME=speedtest
DB_PASSWORD={{ with secret "secret/data/postgres/speedtest" }}{{ .Data.data.password }}{{ end }}
EOH
      }
    }
    # >>> dbctl part decdb514f44d
    # was {"task":"app","place":"template","key":"DB_HOST","form":"lines","from":"{{ with nomadService \"postgresql\" }}{{ with index . 0 }}\nDB_HOST={{ .Address }}\nDB_PORT={{ .Port }}\n{{ end }}{{ end }}","to":"{{ with nomadService \"speedtest-postgres\" }}{{ with index . 0 }}\nDB_HOST={{ .Address }}\nDB_PORT={{ .Port }}\n{{ end }}{{ end }}"}
    # Rendered by dbctl: change dbctl.yaml, not these lines. "was" keeps what dbctl changed in this file.
    # The database is in job "speedtest-postgres", a file of its own beside this one.
    # <<< dbctl part e830df3c634e
  }

  # Uses no database.
  group "proxy" {
    task "proxy" {
      driver = "exec"

      config {
        command = "/usr/bin/true"
      }
    }
  }
}
