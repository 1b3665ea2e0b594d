export const PASSWORD = 'correct-horse-battery-staple-42';

/** A small service of its own that every case may ruin: nothing else in the lab depends on it. */
export const VICTIM_JOB = (host: string, port: number): string => `job "victim" {
  datacenters = ["dc1"]
  type        = "service"

  update {
    min_healthy_time = "100ms"
    healthy_deadline = "1m"
  }

  group "victim" {
    count = 1

    network {
      mode = "host"
    }

    task "app" {
      driver       = "raw_exec"
      kill_timeout = "1s"

      config {
        command = "/bin/sleep"
        args    = ["infinity"]
      }

      env {
        DB_HOST     = "${host}"
        DB_PORT     = "${port}"
        DB_DATABASE = "victim"
        DB_USERNAME = "victim"
      }

      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}
`;

export const VICTIM_INVENTORY = `version: 1

shared:
  job: postgresql
  task: postgres
  service: postgresql

defaults:
  driver: exec
  ports: { from: 15433 }
  finalize: { offsite: waived }

services:
  victim:
    app: db-parts
    jobspec: jobs/src/victim.nomad.hcl
`;
