job "signs" {
  group "signs" {
    network {
      mode = "bridge"
    }
    task "signs" {
      driver = "docker"
      config {
        image = "registry.example.net/signs:1"
      }
      template {
        destination = "local/signs.json"
        data        = <<EOT
{
  "listen": { "host": "0.0.0.0", "port": 80 },
  "store": { "host": "main.service.consul", "port": 5432, "user": "signs", "database": "signs" }
}
EOT
      }
    }
  }
}
