import { expect, it } from 'vitest';
import { commonPrefix, vaultPaths } from '../../src/plan/vault-paths.js';
import type { NomadJob } from '../../src/ports/nomad.js';

const reads = (path: string): NomadJob => ({
  ID: path,
  TaskGroups: [
    {
      Name: 'g',
      Tasks: [
        {
          Name: 't',
          Driver: 'docker',
          Templates: [{ EmbeddedTmpl: `{{ with secret "${path}" }}{{ .Data.data.password }}{{ end }}` }],
        },
      ],
    },
  ],
});

it('the passwords are in the folder most jobs read from', () => {
  const jobs = ['kv/data/db/a', 'kv/data/db/b', 'secret/data/c'].map((path) => vaultPaths(reads(path)));
  expect(commonPrefix(jobs)).toEqual({ mount: 'kv', prefix: 'db' });
  expect(commonPrefix([])).toEqual({ mount: 'secret', prefix: 'postgres' });
});
