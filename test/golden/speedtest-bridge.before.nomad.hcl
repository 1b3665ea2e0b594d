variable "tag" {
  type    = string
  default = "v1"
}

job "speedtest" {
	group "web" {
		network {
			mode = "bridge"
			port "http" {
				to = 80
			}
		}

		task "app" {
			driver = "docker"

			vault {}

			config {
				image = "lscr.io/linuxserver/speedtest-tracker:${var.tag}"
				ports = ["http"]
			}

			env {
				DB_CONNECTION = "pgsql"
				APP_NAME      = "Speed \"test\" $${x}"
			}

			template {
				destination = "secrets/db.env"
				env         = true
				change_mode = "noop"
				data        = <<-EOF
					# where it is
					{{ range service "postgresql" }}
					DB_HOST="{{ .Address }}"
					DB_PORT={{ .Port }}
					{{ end }}
					DB_DATABASE=speedtest
					{{ with secret "secret/data/postgres/speedtest" }}
					DB_PASSWORD={{ .Data.data.password }}
					{{ end }}
				EOF
			}
		}

		task "cron" {
			driver = "docker"
			config { image = "lscr.io/linuxserver/speedtest-tracker:${var.tag}" }
			env {
				DB_CONNECTION = "pgsql"
				DB_HOST       = "10.0.0.5" # the NAS
				DB_PORT       = 5432
			}
		}
	}
}
