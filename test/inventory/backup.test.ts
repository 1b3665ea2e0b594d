import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { notifyKind, notifyProblem } from '../../src/inventory/notify-url.js';
import { offsiteAddress } from '../../src/inventory/offsite-url.js';
import { parseInventory } from '../../src/inventory/parse.js';

const SHA = 'a'.repeat(64);
const TOOLS = `tools: { rclone: { url: "https://files.example/rclone.zip", sha256: ${SHA} } }`;

const service = (backup: string, more = '') =>
  parseInventory(`version: 1\nservices:\n  a:\n    backup: { ${backup} }\n${more}`, '/repo/dbctl.yaml').services[0];

const problems = (backup: string): readonly string[] => {
  try {
    service(backup);
  } catch (error) {
    if (error instanceof DbctlError && error.code === 'INVENTORY_INVALID') return error.details;
    throw error;
  }
  return [];
};

describe('offsiteAddress', () => {
  it.each([
    [
      's3://bucket/a/b?endpoint=https%3A%2F%2Fs3.example&region=eu&provider=Minio',
      {
        type: 's3',
        ...{ no_check_bucket: 'true', no_head: 'true' },
        ...{ endpoint: 'https://s3.example', region: 'eu', provider: 'Minio' },
      },
      'bucket/a/b',
    ],
    ['s3://bucket?no_head=false', { type: 's3', no_check_bucket: 'true', no_head: 'false' }, 'bucket'],
    ['b2://bucket', { type: 'b2' }, 'bucket'],
    ['azure://box/p/', { type: 'azureblob' }, 'box/p'],
    ['sftp://me@nas:2222/srv/db', { type: 'sftp', host: 'nas', user: 'me', port: '2222' }, '/srv/db'],
    ['webdavs://cloud.example/dav', { type: 'webdav', url: 'https://cloud.example' }, 'dav'],
    ['rclone:drive:folder?root_folder_id=abc', { type: 'drive', root_folder_id: 'abc' }, 'folder'],
  ])('reads %s', (url, options, remotePath) => {
    expect(offsiteAddress(url)).toEqual({ options, remotePath });
  });

  it.each([
    ['s3://id:secret@bucket/x', 'credentials'],
    ['s3://id@bucket/x', 'credentials'],
    ['s3://bucket?secret_access_key=x', 'credentials'],
    ['s3://bucket?access_key_id=x', 'credentials'],
    ['s3://bucket?endpoint=https://u:p@host', 'credentials'],
    ['rclone:sftp:x?pass=abc', 'credentials'],
    ['rclone:sftp:x?key_pem=abc', 'credentials'],
    ['rclone:sftp:x?ssh=sh', 'credentials'],
    ['s3://bucket/../other', 'path'],
    ['s3://bucket/$(id)', 'path'],
    ['s3://bucket?region=a\nb', 'spaces'],
    ['s3://bucket?region=a&region=b', 'twice'],
    ['s3://bucket?region=%0Atype%3Dlocal', 'value of region'],
    ['ftp://host/x', 'expected s3://'],
    ['s3://', 'expected s3://'],
  ])('refuses %s', (url, problem) => {
    expect(offsiteAddress(url)).toContain(problem);
  });

  it('never lets a character through that rclone.conf, a shell or a template would read', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom('s3://b/', 'sftp://h/', 'rclone:s3:', 's3://b?region='), text, (start, rest) => {
        const address = offsiteAddress(start + rest);
        if (typeof address === 'string') return;
        const words = [address.remotePath, ...Object.entries(address.options).flat()];
        expect(words.join('')).toMatch(/^[A-Za-z0-9._:/@+=,~-]*$/);
      }),
    );
  });
});

describe('backup settings', () => {
  it('names targets by their kind and finds their credentials below the prefix', () => {
    const found = service(`offsite: ["b2://x", { url: "s3://y", read: ops/reader, prune: true }], ${TOOLS}`);
    expect(found?.backup.offsite).toEqual([
      {
        name: 'b2',
        options: { type: 'b2' },
        remotePath: 'x',
        secret: 'postgres/offsite/b2',
        read: 'postgres/offsite/b2',
        prune: false,
      },
      {
        name: 's3',
        options: { type: 's3', no_check_bucket: 'true', no_head: 'true' },
        remotePath: 'y',
        secret: 'postgres/offsite/s3',
        read: 'ops/reader',
        prune: true,
      },
    ]);
  });

  it('reads messages, drills and zones', () => {
    const found = service(
      `zone: Europe/Berlin, notify: [ntfy://push.example/db, { url: "vault:ops/hooks#chat", kind: discord, on: [drill] }], ${TOOLS}`,
      '    drill: { rto: 5m, maxAge: 2d, assertions: [{ sql: "select 1", expect: "1" }] }\n',
    );
    expect(found?.backup.zone).toBe('Europe/Berlin');
    expect(found?.backup.notify).toEqual([
      { kind: 'ntfy', url: 'https://push.example/db', on: ['failure'] },
      { kind: 'discord', url: { path: 'ops/hooks', key: 'chat' }, on: ['drill'] },
    ]);
    expect(found?.drill).toEqual({
      schedule: null,
      rtoSeconds: 300,
      maxAgeSeconds: 172_800,
      assertions: [{ sql: 'select 1', expect: '1' }],
    });
  });

  it.each(['Europe/Atlantis', '+02:00', '../etc/passwd', 'utc;id'])('refuses the zone %s', (zone) => {
    expect(problems(`zone: "${zone}"`).join()).toContain('no such time zone');
  });

  it('says which tool is missing and where its sum is published, with the line', () => {
    expect(problems('offsite: ["b2://x"]')).toEqual([
      expect.stringMatching(/^dbctl\.yaml:\d+:\d+ services\.a\.backup\S*: needed for this: .* of rclone; .*SHA256SUMS/),
    ]);
  });

  it('needs age only for what leaves the node', () => {
    const encrypt = `encrypt: { recipients: [age1${'q'.repeat(58)}] }`;
    expect(problems(encrypt)).toEqual([]);
    expect(problems(`${encrypt}, offsite: ["b2://x"], ${TOOLS}`).join()).toContain('of age');
  });

  it('tells every problem at once', () => {
    const found = problems('zone: Nowhere, offsite: ["s3://a:b@c"], encrypt: { recipients: [ssh-rsa] }');
    expect(found).toHaveLength(3);
  });

  it('refuses two targets of one name', () => {
    expect(problems(`offsite: ["b2://x", "b2://y"], ${TOOLS}`).join()).toContain(
      'two off-site targets are called "b2"',
    );
  });
});

describe('messages', () => {
  it.each([
    ['https://ntfy.sh/x', 'ntfy'],
    ['https://discord.com/api/webhooks/1/a', 'discord'],
    ['https://hc-ping.com/u', 'healthchecks'],
    ['gotify://push.example/message', 'gotify'],
    ['https://notdiscord.com/x', 'webhook'],
  ])('%s is for %s', (url, kind) => {
    expect(notifyKind(url)).toBe(kind);
  });

  it.each([
    "https://a/'x",
    'https://a/$(id)',
    'https://u:p@a/x',
    'vault:a',
    'vault:../a#b',
    'https://a/x\ny',
    'https://a/`id`',
  ])('refuses %s', (url) => {
    expect(notifyProblem(url)).toBeDefined();
  });
});
