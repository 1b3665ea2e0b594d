job "blog" {
  group "blog" {
    network {
      mode = "bridge"
    }
    task "mysql" {
      driver = "docker"
      config {
        image = "mysql:8"
      }
      env {
        MYSQL_DATABASE = "blog"
      }
    }
    task "ghost" {
      driver = "docker"
      config {
        image = "ghost:5"
      }
      env {
        database__client           = "mysql"
        database__connection__host = "127.0.0.1"
      }
    }
  }
}
