job "counts" {
  datacenters = ["{{ datacenter }}"]
  group "counts" {
    network {
      port "http" {
        to = 3000
      }
    }
    task "counts" {
      driver = "docker"
      config {
        image = "registry.example.net/counts:2"
        ports = ["http"]
      }
      env {
        COUNTS_DATABASE_URL = "postgresql://counts:{{ counts_password }}@{{ postgres_host }}:5432/counts"
      }
    }
  }
}
