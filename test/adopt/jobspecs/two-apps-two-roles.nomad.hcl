job "names" {
  group "names" {
    network {
      mode = "host"
      port "admin" {
        to = 80
      }
    }
    task "server" {
      driver = "docker"
      config {
        image        = "registry.example.net/names/server:5"
        network_mode = "host"
        volumes      = ["local/names.conf:/etc/names.conf"]
      }
      template {
        destination = "local/names.conf"
        data        = <<EOT
launch=pgsql
pgsql-host=pg.service.consul
pgsql-port=5432
pgsql-user=names
pgsql-dbname=names
EOT
      }
    }
    task "admin" {
      driver = "docker"
      config {
        image = "registry.example.net/names/admin:2"
        ports = ["admin"]
      }
      template {
        destination = "secrets/admin.env"
        env         = true
        data        = <<EOT
ADMIN_DATABASE_URI=postgresql://clerk:not-in-here@pg.service.consul/clerks
EOT
      }
    }
  }
}
