job "products" {
  group "products" {
    network {
      port "http" {}
    }
    task "api" {
      driver = "docker"
      config {
        image = "registry.example.net/products/api:22"
        ports = ["http"]
      }
      template {
        destination = "local/db.env"
        env         = true
        data        = <<EOT
{{ range nomadService 1 (env "NOMAD_ALLOC_ID") "db" }}
PRODUCTS_DSN='host={{ .Address }} port={{ .Port }} user=products password=not-in-here dbname=products sslmode=disable'
{{ end }}
EOT
      }
    }
  }
}
