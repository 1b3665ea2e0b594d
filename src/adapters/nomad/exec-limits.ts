export const CONNECT_TIMEOUT_MS = 15_000;
export const HEARTBEAT_MS = 10_000;
/** Of a command whose end was told before it began; see held-command.ts. */
export const TRIES = 6;
