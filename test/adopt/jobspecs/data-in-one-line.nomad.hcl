job "forge" {
  group "forge" {
    network {
      port "http" {
        static = 3001
      }
    }
    task "forge" {
      driver = "podman"
      config {
        image = "registry.example.net/forge:3"
        ports = ["http"]
      }
      template {
        data        = "FORGE_DATABASE_SOURCE=host={{ key \"forge/host\" }} user=forge dbname=forge\n"
        destination = "secrets/forge.env"
        env         = true
      }
    }
  }
}
