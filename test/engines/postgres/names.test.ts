import { describe, expect, it } from 'vitest';
import { splitGucList } from '../../../src/engines/postgres/guc.js';
import { backName, roleName, tombstoneName } from '../../../src/engines/postgres/names.js';
import { matchesVerifier, scramVerifier, verifierKind } from '../../../src/engines/postgres/scram.js';
import { toolboxScripts } from '../../../src/engines/postgres/scripts.js';
import { Secret } from '../../../src/shared/secret.js';

const RUN = '20261120-211530-ab12';

describe('names of a run', () => {
  it('fit into 63 bytes and keep the run whole, for names of any script', () => {
    for (const database of ['app', 'x'.repeat(63), 'ü'.repeat(40), '🐘'.repeat(20)]) {
      for (const name of [tombstoneName(database, RUN), backName(database, RUN)]) {
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
        expect(name.endsWith('20261120_211530_ab12')).toBe(true);
        expect(name).not.toContain('\ufffd');
      }
    }
    expect(tombstoneName('app', RUN)).not.toBe(backName('app', RUN));
    expect(tombstoneName('app', RUN)).toBe('app__old_20261120_211530_ab12');
    expect(roleName(RUN)).toBe('dbctl_20261120_211530_ab12');
  });

  it('differ for long names that begin alike', () => {
    const long = 'x'.repeat(55);
    for (const name of [tombstoneName, backName]) expect(name(`${long}_main`, RUN)).not.toBe(name(`${long}_log`, RUN));
  });

  it('are refused for what is not a run id', () => {
    expect(() => roleName('x; drop')).toThrow('run id');
  });
});

describe('the SCRAM verifier', () => {
  it('is the one of RFC 7677, section 3', () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    const verifier = scramVerifier(new Secret('pencil'), { salt, iterations: 4096 });
    expect(verifier.reveal()).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
    expect(matchesVerifier(new Secret('pencil'), verifier)).toBe(true);
    expect(matchesVerifier(new Secret('Pencil'), verifier)).toBe(false);
  });

  it('tells its kinds apart, and never matches another kind', () => {
    const md5 = new Secret(`md5${'0'.repeat(32)}`);
    expect([verifierKind(undefined), verifierKind(md5), verifierKind(new Secret('plain'))]).toEqual([
      'none',
      'md5',
      'unknown',
    ]);
    expect(matchesVerifier(new Secret('x'), md5)).toBe(false);
  });
});

describe('settings that are lists of names', () => {
  it.each([
    ['"$user", public', ['$user', 'public']],
    ['""', ['']],
    ['', []],
    ['"a ""b"", c",d', ['a "b", c', 'd']],
  ])('are split: %s', (text, items) => {
    expect(splitGucList(text)).toEqual(items);
  });
});

describe('the toolbox scripts', () => {
  it('are found from the package and hold no bash', () => {
    const scripts = toolboxScripts();
    const names = scripts.map((script) => script.name);
    for (const name of ['run.sh', 'lib.sh', 'dump.sh', 'restore.sh', 'evidence.sh', 'evidence.sql'])
      expect(names).toContain(name);
    for (const { name, text } of scripts.filter((script) => script.name.endsWith('.sh')))
      expect(`${name}: ${text}`).not.toMatch(/pipefail|\[\[|\blocal\b|<\(|function /);
  });
});
