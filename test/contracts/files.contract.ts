import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { FilesPort } from '../../src/ports/files.js';

export function filesContract(name: string, rig: { port: FilesPort; dir: string }): void {
  const { port } = rig;
  const dir = (): string => `${rig.dir}/${randomUUID()}`;

  describe(`files: ${name}`, () => {
    test('an absent file is undefined, an absent folder empty, removing it harmless', async () => {
      const at = dir();
      expect(await port.read(`${at}/x`)).toBeUndefined();
      expect(await port.list(at)).toEqual([]);
      await port.remove(`${at}/x`);
    });

    test('a text comes back byte for byte; parents are made; writing again replaces', async () => {
      const at = dir();
      await port.write(`${at}/a/b.txt`, 'one');
      await port.write(`${at}/a/b.txt`, 'é\r\n\0😀');
      expect(await port.read(`${at}/a/b.txt`)).toBe('é\r\n\0😀');
    });

    test('a folder lists names in order, without leftovers', async () => {
      const at = dir();
      for (const file of ['b', 'a', 'c/d']) await port.write(`${at}/${file}`, '');
      expect(await port.list(at)).toEqual(['a', 'b', 'c']);
      expect(await port.list(`${at}/b`)).toEqual([]);
      await port.remove(`${at}/b`);
      expect(await port.list(at)).toEqual(['a', 'c']);
    });
  });
}
