job "queue" {
  group "queue" {

    task "app" {
      driver = "docker"
      config {
        image = "example/worker:1"
      }
      env {
        REDIS_HOST = "redis.service.consul"
        REDIS_PORT = 6379
        APP_NAME   = "queue"
      }
    }
  }
}
