job "hass" {
  group "hass" {
    network {
      mode = "host"
    }
    task "hass" {
      driver = "raw_exec"
      config {
        command = "__BIN__/hass"
        args    = ["${NOMAD_TASK_DIR}/configuration.yaml"]
      }
      template {
        destination = "local/configuration.yaml"
        data        = <<EOF
homeassistant:
  name: Home
recorder:
  purge_keep_days: 10
  db_url: postgresql://hass:{{ key "house/hass/password" }}@__HOST__:__PORT__/recorder
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
