job "shop" {
  group "shop" {
    network {
      mode = "host"
    }
    task "shop" {
      driver = "raw_exec"
      config {
        command = "__BIN__/shop"
      }
      template {
        env         = true
        destination = "secrets/shop.env"
        data        = <<EOF
{{ range service "postgresql" -}}
ORDERS_DATABASE_URL=postgres://shop:{{ key "house/shop" }}@{{ .Address }}:{{ .Port }}/orders
CATALOG_DATABASE_URL=postgres://shop:{{ key "house/shop" }}@{{ .Address }}:{{ .Port }}/catalog
{{ end -}}
EOF
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
