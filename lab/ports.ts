import { createServer } from 'node:net';
import { ALL_SERVICES, type LabService } from './services.js';

export interface LabPorts {
  readonly nomadHttp: number;
  readonly nomadRpc: number;
  readonly nomadSerf: number;
  readonly vault: number;
  readonly postgres: number;
  readonly app: number;
  /** First of six: where the apps of a lab with every service answer. */
  readonly moreApps: number;
  readonly forge: number;
  /** First of three: Consul's HTTP, server and gossip ports, of a lab that has one. */
  readonly consul: number;
  /** First of two: an S3 store and a web server, of a lab with a second site. */
  readonly offsite: number;
  /** First port for dedicated databases; the nine after it are kept free of the lab's own. */
  readonly dedicated: number;
}

const FIRST = 8_400;
export const BLOCK = 29;
const BLOCKS = 400;
/** Labs are numbered 0 to 199 by their bridges, which the kernel gives to one only. */
export const LAB_NUMBERS = 200;

/**
 * First ports of the blocks that belong to a lab's number and to no other's, so that two labs that come up at once
 * never pick the same. Below 20000: neither Nomad's dynamic range nor the kernel's ephemeral one takes a port meanwhile.
 */
export function blocksOf(number: number): number[] {
  const indexes = [number, number + LAB_NUMBERS, number + 2 * LAB_NUMBERS].filter((index) => index < BLOCKS);
  return indexes.map((index) => FIRST + index * BLOCK);
}

export function portsOfBlock(start: number): LabPorts {
  return {
    nomadHttp: start,
    nomadRpc: start + 1,
    nomadSerf: start + 2,
    vault: start + 3,
    // Vault takes the port after its own for its cluster.
    postgres: start + 5,
    app: start + 6,
    moreApps: start + 7,
    forge: start + 13,
    consul: start + 14,
    offsite: start + 17,
    dedicated: start + 19,
  };
}

/** Where the service's app answers. */
export function appPort(ports: LabPorts, service: LabService): number {
  const others = ALL_SERVICES.filter((name) => name !== 'speedtest');
  return service === 'speedtest' ? ports.app : ports.moreApps + others.indexOf(service);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function blockIsFree(start: number): Promise<boolean> {
  const answers = await Promise.all(Array.from({ length: BLOCK }, (_, step) => canListen(start + step)));
  return answers.every(Boolean);
}

/** The first wholly free block of the number's own; undefined when other programs sit in all of them. */
export async function pickPorts(number: number): Promise<LabPorts | undefined> {
  for (const start of blocksOf(number)) if (await blockIsFree(start)) return portsOfBlock(start);
  return undefined;
}
