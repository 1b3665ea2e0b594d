/**
 * Ends a script: waits until dbctl has seen the last line and closed stdin, because output after the last acknowledged line can
 * be lost (hashicorp/nomad#27146). Bounded, since Nomad never closes the stdin of a client that went away (seen on 1.11.1).
 */
export const DRAIN_STDIN = `if command -v timeout >/dev/null 2>&1; then timeout 60 cat >/dev/null; else cat >/dev/null; fi`;
