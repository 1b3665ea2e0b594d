job "series-db" {
  group "db" {
    network {
      port "api" {
        static = 8008
      }
      port "pg" {
        static = 5432
      }
    }
    task "db" {
      driver = "docker"
      config {
        image        = "registry.example.net/house/series-db:3"
        network_mode = "host"
      }
      env {
        PATRONI_SCOPE                      = "series"
        PATRONI_NAME                       = "${node.unique.name}"
        PATRONI_SUPERUSER_USERNAME         = "postgres"
        PATRONI_POSTGRESQL_LISTEN          = "0.0.0.0:5432"
        PATRONI_POSTGRESQL_CONNECT_ADDRESS = "${attr.unique.network.ip-address}:5432"
      }
    }
  }
}
