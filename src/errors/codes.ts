import { EXIT, type ExitCode } from './exit-codes.js';

interface CodeEntry {
  readonly exit: ExitCode;
  readonly means: string;
}

/** The error catalogue. Codes are persisted in journals and reports: never renamed. */
export const CODES = {
  INTERNAL: { exit: EXIT.bug, means: 'an invariant of dbctl was broken' },
  INTERRUPTED: { exit: EXIT.interrupted, means: 'the operator pressed Ctrl-C; the journal is kept' },
  USAGE: { exit: EXIT.usage, means: 'wrong flags or arguments' },
  CONFIRMATION_MISSING: { exit: EXIT.usage, means: 'a confirmation is needed and there is no terminal to ask on' },
  CONFIRMATION_DECLINED: { exit: EXIT.refused, means: 'the operator did not confirm' },
  INVENTORY_NOT_FOUND: { exit: EXIT.usage, means: 'no dbctl.yaml was found' },
  INVENTORY_INVALID: { exit: EXIT.usage, means: 'dbctl.yaml has problems; all are listed' },
  INVENTORY_EXISTS: { exit: EXIT.refused, means: 'there is an inventory already; it is not overwritten' },
  SHARED_NOT_FOUND: { exit: EXIT.usage, means: 'no shared PostgreSQL was found among the running jobs' },
  SERVICE_UNKNOWN: { exit: EXIT.usage, means: 'the service is not in the inventory' },
  NAME_UNSAFE: { exit: EXIT.usage, means: 'a name cannot be rendered safely' },
  JOBSPEC_NOT_FOUND: { exit: EXIT.usage, means: 'the jobspec file of the inventory does not exist' },
  JOBSPEC_UNPARSABLE: { exit: EXIT.usage, means: 'the jobspec is not valid HCL for Nomad' },
  JOBSPEC_UNSUPPORTED: { exit: EXIT.refused, means: 'the jobspec has a shape dbctl cannot change safely' },
  JOBSPEC_DRIFT: { exit: EXIT.refused, means: 'the jobspec file and the running job differ' },
  JOB_NOT_FOUND: { exit: EXIT.refused, means: 'the job is not known to Nomad' },
  JOB_CHANGED: { exit: EXIT.locked, means: 'the job was changed by somebody else meanwhile' },
  NOMAD_UNAVAILABLE: { exit: EXIT.unavailable, means: 'Nomad does not answer' },
  NOMAD_DENIED: { exit: EXIT.unavailable, means: 'Nomad refused the token' },
  NOMAD_REJECTED: { exit: EXIT.bug, means: 'Nomad refused a request as malformed' },
  NOMAD_ALLOC_FAILED: { exit: EXIT.unavailable, means: 'an allocation failed; its task events are quoted' },
  NOMAD_UNPLACED: { exit: EXIT.unavailable, means: 'Nomad cannot place the job; its reasons are quoted' },
  VAULT_UNAVAILABLE: { exit: EXIT.unavailable, means: 'Vault is sealed or does not answer' },
  VAULT_DENIED: { exit: EXIT.unavailable, means: 'Vault refused the token' },
  VAULT_SECRET_MISSING: { exit: EXIT.refused, means: 'the secret does not exist although data does' },
  VAULT_CAS: { exit: EXIT.locked, means: 'the secret was changed by somebody else meanwhile' },
  SECRET_MISMATCH: { exit: EXIT.refused, means: "Vault's password does not fit the role's verifier" },
  EXEC_FAILED: { exit: EXIT.unavailable, means: 'a command in a task could not be run' },
  EXEC_UNKNOWN: { exit: EXIT.unknown, means: 'the connection to a command was lost; it may still run' },
  SQL_FAILED: { exit: EXIT.unavailable, means: 'PostgreSQL refused a statement' },
  DATABASE_UNAVAILABLE: { exit: EXIT.unavailable, means: 'PostgreSQL does not answer' },
  DATABASE_NOT_FOUND: { exit: EXIT.refused, means: 'the database does not exist on the server' },
  DATABASE_AMBIGUOUS: { exit: EXIT.refused, means: 'env, pg_database and sessions disagree about the database' },
  DATABASE_NOT_EMPTY: { exit: EXIT.refused, means: 'the target database holds data that is not of this run' },
  IDENTITY_MISMATCH: { exit: EXIT.refused, means: 'system identifier or oid is not the recorded one' },
  PREFLIGHT_FAILED: { exit: EXIT.refused, means: 'preflight found something unsafe; every finding is listed' },
  PORT_TAKEN: { exit: EXIT.refused, means: 'the planned port is already used on that node' },
  DOWNTIME_BUDGET: { exit: EXIT.refused, means: 'the rehearsal predicts more downtime than allowed' },
  FENCE_BROKEN: { exit: EXIT.refused, means: 'somebody could write to the source; the move was stopped' },
  TOOLBOX_FAILED: { exit: EXIT.unavailable, means: 'dump or restore failed; its last lines are quoted' },
  ARTIFACT_CORRUPT: { exit: EXIT.verificationFailed, means: 'a file does not have the recorded SHA-256' },
  EVIDENCE_DIFFERS: { exit: EXIT.verificationFailed, means: 'source and target are not equal; differences are listed' },
  APP_UNHEALTHY: { exit: EXIT.verificationFailed, means: 'the app did not come up on the new database' },
  RUN_LOCKED: { exit: EXIT.locked, means: 'another run holds the service' },
  RUN_UNFINISHED: { exit: EXIT.refused, means: 'an earlier run is unfinished: --resume it' },
  RUN_NOT_FOUND: { exit: EXIT.refused, means: 'there is no run to resume, roll back or finalize' },
  LOCK_LOST: { exit: EXIT.locked, means: 'the lock was lost; nothing further was changed' },
  JOURNAL_INVALID: { exit: EXIT.refused, means: 'the journal is damaged or of a newer version' },
  DROP_GATE: { exit: EXIT.refused, means: 'a condition for dropping the source is not met' },
  DECOMMISSION_GATE: { exit: EXIT.refused, means: 'the shared instance is still needed; by whom is listed' },
  STEP_UNDO_FAILED: { exit: EXIT.unknown, means: 'an undo did not finish; the journal says where' },
  LAB_PREREQUISITE: { exit: EXIT.unavailable, means: 'the lab needs something this machine lacks' },
  LAB_STATE: { exit: EXIT.refused, means: 'the lab is not in the state this command needs' },
  NOMAD_OUTCOME_UNKNOWN: {
    exit: EXIT.unknown,
    means: 'Nomad broke off before it answered; the change may have been made',
  },
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof CODES;
