import type { Problem } from './describe-issue.js';
import type { InventoryService } from './types.js';

const FOUND = {
  rclone: 'rclone.org/downloads, file SHA256SUMS of the version',
  age: 'the releases of github.com/FiloSottile/age, by sha256sum of the archive that you have checked',
} as const;

/** What off-site copies, encryption and messages need besides themselves. */
export const backupProblems = (service: InventoryService): Problem[] => {
  const { offsite, encrypt, notify, tools } = service.backup;
  const path = ['services', service.name, 'backup'];
  return [
    ...twice(offsite.map(({ name }) => name)).map((name) => ({
      path: [...path, 'offsite'],
      text: `two off-site targets are called "${name}": give one a name of its own`,
    })),
    ...(offsite.length + notify.length > 0 && tools.rclone === null ? [missing(path, 'rclone')] : []),
    ...(encrypt !== null && offsite.length > 0 && tools.age === null ? [missing(path, 'age')] : []),
  ];
};

const missing = (path: readonly string[], tool: keyof typeof FOUND): Problem => ({
  path: [...path, 'tools', tool],
  text: `needed for this: { url, sha256 } of ${tool}; the published SHA-256: ${FOUND[tool]}`,
});

const twice = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
];
