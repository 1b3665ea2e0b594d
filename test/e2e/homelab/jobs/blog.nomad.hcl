# The app keeps its settings in a file of its own; what is here is left over
job "blog" {
  group "blog" {
    network {
      mode = "host"
    }
    task "blog" {
      driver = "raw_exec"
      config {
        command = "__BIN__/blog"
      }
      env {
        BLOG_DB_TYPE     = "postgres"
        BLOG_DB_HOST     = "__HOST__"
        BLOG_DB_PORT     = "__PORT__"
        BLOG_DB_NAME     = "blog_old"
        BLOG_DB_USER     = "blog"
        BLOG_DB_PASSWORD = "__PASSWORD__"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
