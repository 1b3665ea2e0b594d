job "gateway" {
  group "gateway" {
    network {
      mode = "bridge"
    }
    task "gateway" {
      driver = "docker"
      config {
        image = "registry.example.net/gateway:9"
      }
      template {
        destination = "local/gateway.yml"
        data        = <<EOT
databases:
  - name: cache
    driver: redis
    host: fast.service.consul
    port: 6379
  - name: archive
    driver: postgres
    host: pg.service.consul
    port: 5432
    user: gateway
    database: gateway
EOT
      }
    }
  }
}
