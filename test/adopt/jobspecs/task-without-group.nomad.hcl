job "polls" {
  task "polls" {
    driver = "docker"
    config {
      image = "registry.example.net/polls:3"
    }
    template {
      destination = "secrets/db.env"
      env         = true
      data        = <<-EOT
        {{ range nomadService "postgres" }}
        POSTGRES_HOST={{ .Address }}
        POSTGRES_PORT={{ .Port }}
        {{ end }}
        POSTGRES_USER=polls
        POSTGRES_DB=polls
      EOT
    }
  }
}
