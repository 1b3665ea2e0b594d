job "indexers" {
  group "indexers" {
    network {
      port "http" {
        to = 9696
      }
    }
    task "indexers" {
      driver = "docker"
      config {
        image   = "lscr.io/linuxserver/prowlarr:1.30"
        ports   = ["http"]
        volumes = ["local/config.xml:/config/config.xml"]
      }
      template {
        destination = "local/config.xml"
        perms       = "644"
        data        = <<EOT
<Config>
  <LogLevel>info</LogLevel>
  <PostgresUser>indexers</PostgresUser>
  <PostgresPassword>{{ key "indexers/password" }}</PostgresPassword>
  <PostgresPort>5432</PostgresPort>
  <PostgresHost>pg.service.consul</PostgresHost>
  <PostgresMainDb>indexers-main</PostgresMainDb>
  <PostgresLogDb>indexers-log</PostgresLogDb>
</Config>
EOT
      }
    }
  }
}
