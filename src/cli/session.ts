import type { Inventory } from '../inventory/types.js';
import type { Terminal } from '../ports/terminal.js';
import type { AdoptDeps } from '../usecases/adopt.js';
import type { UseCaseDeps } from '../usecases/deps.js';
import type { DoctorDeps } from '../usecases/doctor/deps.js';
import type { InitDeps } from '../usecases/init.js';

/** Where text goes. stdout carries data only; everything for people goes to stderr. */
export interface CliIo {
  out(text: string): void;
  err(text: string): void;
  readonly interactive: boolean;
  readonly colour: boolean;
  readonly unicode: boolean;
  readonly columns: number;
  /** The same for stderr: one of the two may be a pipe. */
  readonly errStyle: { readonly colour: boolean; readonly unicode: boolean; readonly columns: number };
}

export interface GlobalFlags {
  readonly config?: string;
  readonly json?: boolean;
}

/** What the composition root gives to the commands. */
export interface CliDeps {
  readonly io: CliIo;
  readonly version: string;
  /** Finds the inventory and connects: `--config`, DBCTL_CONFIG, dbctl.yaml upward, else the only running lab. */
  open(flags: GlobalFlags): Promise<UseCaseDeps>;
  /** The same, but asks no server yet: for a look at what may be broken. */
  examine(flags: GlobalFlags): Promise<DoctorDeps>;
  /** The inventory alone, and the namespace of its jobs; asks no server. */
  inventory(flags: GlobalFlags): Promise<{ readonly inventory: Inventory; readonly namespace: string }>;
  /** Connects without an inventory: NOMAD_* and VAULT_*, else the only running lab. `home` is the current folder. */
  connect(): Promise<{ readonly session: InitDeps; readonly from: string }>;
  /** Files alone: neither a cluster nor an inventory is needed. An inventory that is there counts. */
  local(flags: GlobalFlags): Promise<AdoptDeps>;
  readonly lab: LabCommands;
  /** Absent where nobody is there to see or type. */
  readonly terminal?: Terminal;
  setExitCode(code: number): void;
}

/** The lab, as the CLI sees it; results are plain JSON. */
export interface LabCommands {
  up(options: { name: string; scale: number; driver: 'exec' | 'docker'; with?: readonly string[] }): Promise<unknown>;
  down(options: { name: string }): Promise<unknown>;
  status(options: { name: string }): Promise<unknown>;
  seed(options: { name: string; scale: number }): Promise<unknown>;
}
