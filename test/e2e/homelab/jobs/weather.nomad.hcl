job "weather" {
  group "weather" {
    network {
      mode = "host"
    }

    # nothing to do before the server answers
    task "wait" {
      driver = "raw_exec"
      lifecycle {
        hook    = "prestart"
        sidecar = false
      }
      config {
        command = "/bin/sh"
        args    = ["-c", "until __BIN__/answers __HOST__ __PORT__; do sleep 1; done"]
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }

    task "weather" {
      driver = "raw_exec"
      config {
        command = "__BIN__/weather"
      }
      env {
        WEATHER_POSTGRES_HOST     = "__HOST__"
        WEATHER_POSTGRES_PORT     = "__PORT__"
        WEATHER_POSTGRES_DB       = "measurements"
        WEATHER_POSTGRES_USER     = "weather"
        WEATHER_POSTGRES_PASSWORD = "__PASSWORD__"
      }
      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
