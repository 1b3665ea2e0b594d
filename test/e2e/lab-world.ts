import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AppContent,
  type AppStats,
  appContent,
  appOf,
  appStats,
  auditLedger,
  type LabHandle,
  type LabService,
  type LabUpOptions,
  type LedgerAudit,
  labDown,
  labUp,
} from '../../lab/index.js';
import { requireDocument } from '../support/json-documents.js';
import { RunningDbctl } from './running-dbctl.js';

const ENTRY = join(import.meta.dirname, '../../bin/dbctl.mjs');

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly json: Report;
}

/** The part of a report that the tests read. */
export interface Report {
  readonly schema: string;
  readonly service: string;
  readonly run: string;
  readonly status: string;
  readonly downtimeSeconds: number | null;
  readonly steps: { id: string; status: string; seconds: number; summary: string; evidence: Record<string, unknown> }[];
  readonly evidence: {
    match: boolean;
    databases: {
      database: string;
      match: boolean;
      tables: { name: string; rows: number; digest: string; match: boolean }[];
      sequences: { count: number; match: boolean };
      largeObjects: { count: number; match: boolean };
      catalogDiff: string[];
    }[];
  } | null;
  readonly notes: string[];
  readonly error?: { code: string; message: string; details: string[] };
}

interface Addresses {
  readonly nomad: string;
  readonly vault: string;
}

/** A lab of its own, and dbctl as a person runs it: the built program, in a process of its own. */
export class LabWorld {
  private constructor(
    readonly lab: LabHandle,
    readonly state: string,
    private readonly addresses?: Addresses,
    private readonly variables: Readonly<Record<string, string>> = {},
  ) {}

  static async up(name: string, options: Partial<Omit<LabUpOptions, 'name' | 'say'>> = {}): Promise<LabWorld> {
    const lines: string[] = [];
    try {
      return new LabWorld(
        await labUp({ scale: 5, writeEveryMs: 400, ...options, name, say: (line) => void lines.push(line) }),
        mkdtempSync(join(tmpdir(), 'dbctl-e2e-')),
      );
    } catch (error) {
      throw new Error(`lab up failed after: ${lines.join(' | ')}`, { cause: error });
    }
  }

  async down(): Promise<void> {
    await labDown({ name: this.lab.name, say: () => undefined });
    rmSync(this.state, { recursive: true, force: true });
  }

  /** The same cluster from a machine that has none of this one's run files. */
  elsewhere(): LabWorld {
    return new LabWorld(this.lab, mkdtempSync(join(tmpdir(), 'dbctl-e2e-')), this.addresses);
  }

  /**
   * The same lab with dbctl sent to it by NOMAD_ADDR and VAULT_ADDR, through whatever stands there. dbctl takes a lab's
   * inventory for that lab's own, addresses included, so it is given another path to it.
   */
  behind(addresses: Addresses): LabWorld {
    return new LabWorld(this.lab, this.state, addresses);
  }

  /** The same with other variables in dbctl's environment: another token. */
  with(variables: Readonly<Record<string, string>>): LabWorld {
    return new LabWorld(this.lab, this.state, this.addresses, { ...this.variables, ...variables });
  }

  get jobspec(): string {
    return this.jobspecOf('speedtest');
  }

  jobspecOf(service: LabService): string {
    return join(this.lab.home, `jobs/src/${service}.nomad.hcl`);
  }

  jobspecText(service: LabService = 'speedtest'): Promise<string> {
    return readFile(this.jobspecOf(service), 'utf8');
  }

  dbctl(...args: string[]): Promise<Run> {
    return new Promise((resolve) => {
      execFile(process.execPath, [ENTRY, ...args], { env: this.env(), maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
        const code = error ? Number(error.code ?? 1) : 0;
        resolve({ code, stdout, stderr, json: args.includes('--json') ? parse(stdout) : ({} as Report) });
      });
    });
  }

  /** The same, left running: to be looked at, interrupted or killed meanwhile. Its lines arrive as they are written. */
  start(...args: string[]): RunningDbctl {
    return new RunningDbctl(
      spawn(process.execPath, [ENTRY, ...args], { env: this.env(), stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** For a dbctl that something else starts. */
  get environment(): NodeJS.ProcessEnv {
    return this.env();
  }

  private env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      DBCTL_CONFIG: join(this.addresses ? this.homeByAnotherName() : this.lab.home, 'dbctl.yaml'),
      DBCTL_STATE: this.state,
      NO_COLOR: '1',
      ...(this.addresses
        ? {
            NOMAD_ADDR: this.addresses.nomad,
            VAULT_ADDR: this.addresses.vault,
            VAULT_TOKEN: this.lab.vaultToken.reveal(),
          }
        : {}),
      ...this.variables,
    };
  }

  private homeByAnotherName(): string {
    const link = join(this.state, 'home');
    if (!existsSync(link)) symlinkSync(this.lab.home, link);
    return link;
  }

  /** `migrate`, `rollback` or `finalize` of speedtest without questions. */
  move(verb: string, ...args: string[]): Promise<Run> {
    return this.moveService('speedtest', verb, ...args);
  }

  moveService(service: LabService, verb: string, ...args: string[]): Promise<Run> {
    return this.dbctl(verb, service, '--yes', '--confirm', service, '--json', ...args);
  }

  urlOf(service: LabService): string {
    return appOf(this.lab, service).url;
  }

  /** The app's own word on where it writes. Waits until it answers with a database behind it. */
  async stats(service: LabService = 'speedtest'): Promise<AppStats> {
    for (let left = 200; left > 0; left--) {
      const stats = await appStats(this.urlOf(service));
      if (stats?.database) return stats;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the app of ${service} has no database`);
  }

  /** The app's own reading of what nobody writes any more. */
  content(service: LabService): Promise<AppContent[]> {
    return appContent(this.urlOf(service));
  }

  /** A password of the lab, from its Vault. */
  async secret(path: string): Promise<string> {
    const response = await fetch(`${this.lab.vaultAddr}/v1/secret/data/${path}`, {
      headers: { 'X-Vault-Token': this.lab.vaultToken.reveal() },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return ((await response.json()) as { data: { data: { password: string } } }).data.data.password;
  }

  audit(service: LabService = 'speedtest'): Promise<LedgerAudit> {
    return auditLedger(this.lab, service);
  }

  /** `nomad job run` of the operator's file as it is now. */
  async registerJobspec(service: LabService = 'speedtest'): Promise<void> {
    const Source = await this.jobspecText(service);
    const json = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });
    const Job = await this.nomad<Record<string, unknown>>(
      '/v1/jobs/parse',
      json({ JobHCL: Source, Canonicalize: true }),
    );
    await this.nomad('/v1/jobs', json({ Job, Submission: { Source, Format: 'hcl2' } }));
  }

  /** The app has acknowledged more than it had a moment ago. */
  async untilWriting(service: LabService = 'speedtest'): Promise<void> {
    const before = (await this.stats(service)).acknowledged;
    for (let left = 300; left > 0; left--) {
      const now = await appStats(this.urlOf(service));
      if (now && now.acknowledged !== before && now.acknowledged > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const said = (await appStats(this.urlOf(service)))?.lastError;
    throw new Error(`the app of ${service} does not write: ${said ?? 'it says no error'}`);
  }

  async nomad<T>(path: string, init?: RequestInit): Promise<T> {
    const response = await fetch(`${this.lab.nomadAddr}${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}

const parse = (text: string): Report => {
  try {
    const json = JSON.parse(text) as Report;
    requireDocument(json);
    return json;
  } catch (error) {
    return { status: `not a document: ${String(error)}: ${text.slice(0, 200)}` } as Report;
  }
};
