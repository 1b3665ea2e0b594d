import { DbctlError } from '../src/errors/dbctl-error.js';
import { LAB_NUMBERS, type LabPorts, pickPorts } from './ports.js';
import { runCommand, tryCommand } from './run-command.js';

export const bridgeName = (number: number): string => `dbctl${number}`;
/** The bridge that Nomad itself makes for allocations in bridge mode. */
export const allocBridgeName = (number: number): string => `dbctl${number}n`;
export const hostAddress = (number: number): string => `10.88.${number}.1`;
export const allocSubnet = (number: number): string => `10.89.${number}.0/24`;
/** The bridge of the lab's own Docker daemon, for containers without a network mode. */
export const containerBridgeName = (number: number): string => `dbctl${number}d`;
export const containerGateway = (number: number): string => `10.87.${number}.1`;

/** Numbers whose bridge name or subnets nobody uses, from `ip -o addr` and `ip -o route` output. */
export function freeNumbers(addressesAndRoutes: string, count = LAB_NUMBERS): number[] {
  const taken = new Set(
    [...addressesAndRoutes.matchAll(/\b10\.8[789]\.(\d+)\.\d+|\bdbctl(\d+)[nd]?\b/g)].map((m) => Number(m[1] ?? m[2])),
  );
  return Array.from({ length: count }, (_, number) => number).filter((number) => !taken.has(number));
}

async function tryCreate(number: number): Promise<boolean> {
  const bridge = bridgeName(number);
  const made = await tryCommand(['ip', 'link', 'add', bridge, 'type', 'bridge']);
  if (made.code === 0) return true;
  if (/File exists/.test(made.stderr)) return false;
  throw new DbctlError('LAB_PREREQUISITE', 'a network bridge could not be made', {
    where: bridge,
    details: [made.stderr.trim()],
  });
}

export interface NetworkClaim {
  readonly number: number;
  readonly ports: LabPorts;
}

/** Ports of a bridge that is ours already; the bridge goes again when none are free. */
async function portsOrRelease(number: number): Promise<LabPorts | undefined> {
  const ports = await pickPorts(number);
  if (ports === undefined) await removeBridges(number);
  return ports;
}

/**
 * Takes the first free number by making its bridge: the kernel refuses a second one of the same name,
 * so two labs that come up at once never share. `claimed` is awaited before anything else is set up.
 * `only`: that number and no other. Throws LAB_PREREQUISITE.
 */
export async function claimNetwork(
  claimed: (number: number) => Promise<unknown>,
  only?: number,
): Promise<NetworkClaim> {
  const seen = `${await runCommand(['ip', '-o', 'addr'])}${await runCommand(['ip', '-o', 'route'])}`;
  for (const number of freeNumbers(seen).filter((free) => only === undefined || free === only)) {
    if (!(await tryCreate(number))) continue;
    await claimed(number);
    const ports = await portsOrRelease(number);
    if (ports === undefined) continue;
    await runCommand(['ip', 'addr', 'add', `${hostAddress(number)}/24`, 'dev', bridgeName(number)]);
    await runCommand(['ip', 'link', 'set', bridgeName(number), 'up']);
    return { number, ports };
  }
  throw new DbctlError('LAB_PREREQUISITE', 'no free subnet 10.88.N.0/24 with free ports was found');
}

export async function removeBridges(number: number): Promise<void> {
  for (const name of [bridgeName(number), allocBridgeName(number), containerBridgeName(number)])
    await tryCommand(['ip', 'link', 'delete', name]);
}
