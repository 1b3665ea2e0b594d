job "pool" {
  group "pool" {
    network {
      port "pool" {
        to = 6432
      }
    }
    task "pool" {
      driver = "docker"
      config {
        image   = "registry.example.net/tools/pgpool-front:2"
        ports   = ["pool"]
        volumes = ["local/pool.ini:/etc/pool.ini"]
      }
      template {
        destination = "local/pool.ini"
        data        = <<EOT
[databases]
parcels = host={{ range service "postgres" }}{{ .Address }}{{ end }} port=5432 dbname=parcels user=parcels

[pgbouncer]
listen_addr = 0.0.0.0
listen_port = 6432
pool_mode = transaction
EOT
      }
    }
  }
}
