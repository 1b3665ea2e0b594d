job "safe" {
	group "safe" {
		network {
			mode = "host"
		}
		task "warden" {
			// indented with tabs; the name and the role need escapes
			driver = "raw_exec"
			config {
				command = "__BIN__/warden"
			}
			env {
				DATABASE_URL = "postgresql://safe%2Dkeeper:__ENCODED__@__HOST__:__PORT__/safe%20deposit"
			}
			resources {
				cpu    = 20
				memory = 32
			}
		}
	}
}
