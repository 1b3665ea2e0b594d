job "surveys" {
  group "surveys" {
    network {
      mode = "host"
    }

    task "migrate" {
      driver = "exec"
      lifecycle {
        hook = "prestart"
      }
      config {
        command = "local/surveys"
        args    = ["migrate"]
      }
      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOT
        {{ with secret "secret/data/surveys" }}
        SURVEYS_DATABASE_URL=postgres://surveys:{{ .Data.data.password }}@{{ with service "pg" }}{{ with index . 0 }}{{ .Address }}:{{ .Port }}{{ end }}{{ end }}/surveys
        {{ end }}
        EOT
      }
    }

    task "surveys" {
      driver = "exec"
      config {
        command = "local/surveys"
        args    = ["serve"]
      }
      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOT
        {{ with secret "secret/data/surveys" }}
        SURVEYS_DATABASE_URL=postgres://surveys:{{ .Data.data.password }}@{{ with service "pg" }}{{ with index . 0 }}{{ .Address }}:{{ .Port }}{{ end }}{{ end }}/surveys
        {{ end }}
        EOT
      }
    }
  }
}
