import { tryCommand } from './run-command.js';

const TABLES = ['filter', 'nat'] as const;
type Table = (typeof TABLES)[number];

/** The part of a lab's record that matters here. */
export interface FirewallRecord {
  readonly chainsBefore?: readonly string[];
}

async function rules(table: Table): Promise<string[]> {
  const { code, stdout } = await tryCommand(['iptables', '-w', '5', '-t', table, '-S']);
  return code === 0 ? stdout.split('\n').filter(Boolean) : [];
}

/** `table chain` of every chain that somebody declared in `iptables -S` output. */
export function chainsIn(table: string, lines: readonly string[]): string[] {
  return lines.flatMap((line) => (line.startsWith('-N ') ? [`${table} ${line.slice(3).trim()}`] : []));
}

async function allChains(): Promise<string[]> {
  const perTable = await Promise.all(TABLES.map(async (table) => chainsIn(table, await rules(table))));
  return perTable.flat();
}

/** Chains that were there before the first of the labs that run now, so that the last one to go can tell its own. */
export async function chainsBeforeLabs(others: readonly FirewallRecord[]): Promise<string[]> {
  const known = others.find((other) => other.chainsBefore !== undefined)?.chainsBefore;
  return known === undefined ? allChains() : [...known];
}

/** Arguments that delete the `-A` rules which match: `-A X …` becomes `-D X …`. */
export function deletions(lines: readonly string[], matches: (line: string) => boolean): string[][] {
  return lines
    .filter((line) => line.startsWith('-A ') && matches(line))
    .map((line) => ['-D', ...splitRule(line.slice(3))]);
}

/** `iptables -S` quotes comments with double quotes. */
export function splitRule(rule: string): string[] {
  return [...rule.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    (match) => match[1]?.replace(/\\(.)/g, '$1') ?? match[2] ?? '',
  );
}

async function deleteRules(table: Table, matches: (line: string) => boolean): Promise<void> {
  for (const rule of deletions(await rules(table), matches))
    await tryCommand(['iptables', '-w', '5', '-t', table, ...rule]);
}

/** Rules that name the lab's allocation subnet or its bridge. */
export async function removeSubnetRules(subnet: string, bridge: string): Promise<void> {
  const prefix = subnet.replace(/0\/24$/, '');
  const ours = (line: string): boolean =>
    line.includes(` ${prefix}`) || line.includes(` ${bridge} `) || line.endsWith(` ${bridge}`);
  for (const table of TABLES) await deleteRules(table, ours);
}

/** For the last lab to go: chains that Nomad and its network plugins made and that were not there before. */
export async function removeMadeChains(before: readonly string[]): Promise<void> {
  const kept = new Set(before);
  for (const table of TABLES) {
    const made = chainsIn(table, await rules(table)).filter((chain) => !kept.has(chain) && / (NOMAD|CNI)-/.test(chain));
    const names = made.map((chain) => chain.slice(table.length + 1));
    await deleteRules(table, (line) => names.some((name) => line.includes(` -j ${name}`)));
    for (const name of names) await tryCommand(['iptables', '-w', '5', '-t', table, '-F', name]);
    for (const name of names) await tryCommand(['iptables', '-w', '5', '-t', table, '-X', name]);
  }
}
