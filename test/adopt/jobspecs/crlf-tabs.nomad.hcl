job "crlf" {
	group "crlf" {
		network {
			mode = "bridge"
		}
		task "app" {
			// written on another system
			driver = "docker"
			config {
				image = "example/crlf:5"
			}
			env {
				DATABASE_URL = "postgresql+asyncpg://inv:pw@10.9.0.2:5432/inv"
			}
		}
	}
}
