const CHECK = `check {
        type     = "script"
        task     = "postgres"
        name     = "accepts connections"
        command  = "/bin/sh"
        args     = ["-c", "pg_isready -q -h 127.0.0.1"]
        interval = "2s"
        timeout  = "2s"
      }`;

/** The operator's text for a cluster with Consul: services are registered with it and asked of it, the server's check is a script. */
export function forConsul(text: string): string {
  const asked = text
    .replaceAll('provider = "nomad"', 'provider = "consul"')
    .replaceAll(' nomadService "', ' service "');
  return /^job "postgresql"/m.test(asked) ? asked.replace(/check \{\s+type\s+= "tcp"[^}]*\}/, () => CHECK) : asked;
}
