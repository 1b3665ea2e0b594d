job "hass" {
  group "hass" {
    network {
      mode = "host"
    }
    volume "config" {
      type   = "host"
      source = "hass"
    }
    task "hass" {
      driver = "docker"
      config {
        image        = "ghcr.io/home-assistant/home-assistant:2026.10"
        network_mode = "host"
      }
      template {
        destination = "local/configuration.yaml"
        data        = <<EOF
homeassistant:
  name: Home
recorder:
  purge_keep_days: 10
  db_url: postgresql://hass:{{ key "hass/db/password" }}@pg.service.dc1.consul:5432/hass
EOF
      }
    }
  }
}
