import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Secrets by name, and the search for them in every shape in which they could have slipped out. */
export class Canary {
  readonly #shapes = new Map<string, readonly string[]>();

  add(name: string, secret: string): void {
    if (!this.#shapes.has(name)) this.#shapes.set(name, shapesOf(secret));
  }

  get names(): string[] {
    return [...this.#shapes.keys()];
  }

  /** `place: secret`, one line for each find. */
  in(place: string, text: Buffer | string): string[] {
    return [...this.#shapes].flatMap(([name, shapes]) =>
      shapes.some((shape) => text.includes(shape)) ? [`${place}: ${name}`] : [],
    );
  }

  /** In the content of every file below, but those whose path is skipped. */
  inFiles(folder: string, skip: (path: string) => boolean = () => false): string[] {
    return [...filesBelow(folder, skip)].flatMap((path) => this.in(path, readOr(path)));
  }
}

// Base64 of a longer text holds it at one of three offsets; the characters at both ends depend on the neighbours.
const base64Of = (secret: string): string[] =>
  [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
      .toString('base64')
      .replace(/=+$/, '')
      .slice(Math.ceil((offset * 4) / 3), -2),
  );

function shapesOf(secret: string): string[] {
  const base64 = base64Of(secret);
  const half = secret.slice(0, Math.ceil(secret.length / 2));
  const reversed = [...secret].reverse().join('');
  const hex = Buffer.from(secret).toString('hex');
  return [
    ...new Set([
      ...[secret, half, reversed, hex, hex.toUpperCase()],
      ...[encodeURIComponent(secret), new URLSearchParams({ k: secret }).toString().slice(2)],
      ...[JSON.stringify(secret).slice(1, -1), JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
      ...[secret.replaceAll("'", "''"), secret.replaceAll("'", `'\\''`), secret.replace(/[\\:]/g, '\\$&')],
      ...[...base64, ...base64.map((one) => one.replaceAll('+', '-').replaceAll('/', '_'))],
    ]),
  ];
}

const LARGEST = 64 * 1024 * 1024;

export const listOr = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/** Nothing of a file that is not there any more. */
export const readOr = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
};

/** Every file below; sockets, pipes and what vanishes meanwhile are left out. */
export function* filesBelow(folder: string, skip: (path: string) => boolean = () => false): Generator<string> {
  for (const name of listOr(folder)) {
    const path = join(folder, name);
    if (skip(path)) continue;
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) yield* filesBelow(path, skip);
    else if (stat?.isFile() && stat.size <= LARGEST) yield path;
  }
}
