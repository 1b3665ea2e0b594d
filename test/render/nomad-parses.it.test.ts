import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DatabasePart } from '../../src/plan/types.js';
import { goTemplateLiteral } from '../../src/render/helpers/go-template.js';
import { hclHeredoc, hclString } from '../../src/render/helpers/hcl.js';
import { type PartScripts, renderScripts } from '../../src/render/part-scripts.js';
import { renderRehearsalJob } from '../../src/render/rehearsal-job.js';
import { loadHcl } from '../../src/render/splice/load-hcl.js';
import { spliceDatabase } from '../../src/render/splice/splice-database.js';
import { hostileText } from '../support/hostile-text.js';
import { golden } from './golden.js';
import { formatWithNomad, type ParsedGroup, type ParsedJob, parseWithNomad } from './nomad-binary.js';
import { databases, dockerPart, rehearsal, samplePart } from './sample-part.js';
import { bridgeCase, hostCase } from './splice/cases.js';

const hcl = await loadHcl();

function group(job: ParsedJob, name: string): ParsedGroup {
  const found = job.TaskGroups.find((one) => one.Name === name);
  if (found === undefined) throw new Error(`no group ${name}`);
  return found;
}

const scriptNames: Record<keyof PartScripts, string> = {
  entry: 'local/entry.sh',
  toolbox: 'local/toolbox.sh',
  init: 'local/init.sh',
  initSql: 'local/init.sql',
  gate: 'local/gate.sh',
};

function expectScripts(parsed: ParsedGroup, part: DatabasePart): void {
  const templates = parsed.Tasks.flatMap((task) => task.Templates ?? []);
  for (const [name, text] of Object.entries(renderScripts(part))) {
    if (name === 'gate' && part.purpose === 'rehearsal') continue;
    const seen = templates.find((one) => one.DestPath === scriptNames[name as keyof PartScripts])?.EmbeddedTmpl;
    expect(seen?.replaceAll('{{ "{{" }}', '{{')).toBe(text);
  }
}

describe("what Nomad's parser makes of it", () => {
  test.each([
    ['speedtest-host', hostCase],
    ['speedtest-bridge', bridgeCase],
  ])('%s: before and after differ only in what was announced', (name, options) => {
    const source = golden(`${name}.before.nomad.hcl`);
    const { text, settings } = spliceDatabase(hcl, source, options);
    const before = parseWithNomad(source);
    const after = parseWithNomad(text);
    expect({ ...after, TaskGroups: [] }).toEqual({ ...before, TaskGroups: [] });
    const { part } = options;
    const ours = [part.task, part.toolbox, part.initTask, part.gateTask];
    const seen = group(after, options.group);
    expect(seen.Tasks.map((task) => task.Name).filter((task) => ours.includes(task))).toEqual(ours);
    expect(Object.keys(seen.Volumes ?? {})).toContain(part.volume.label);

    const stripped = after.TaskGroups.map((one) => {
      if (one.Name !== options.group) return one;
      const volumes = Object.entries(one.Volumes ?? {}).filter(
        ([label]) => ![part.volume.label, part.backupVolume.label].includes(label),
      );
      const services = (one.Services ?? []).filter((service) => service.Name !== part.serviceName);
      return {
        ...one,
        Tasks: one.Tasks.filter((task) => !ours.includes(task.Name)).map((task) => ({
          ...task,
          Env: undone(task.Env, task.Name),
          Templates:
            task.Templates?.map((template) => ({ ...template, EmbeddedTmpl: dropSettings(template.EmbeddedTmpl) })) ??
            null,
        })),
        Volumes: volumes.length === 0 ? null : Object.fromEntries(volumes),
        Services: services.length === 0 ? null : services,
        Networks: one.Networks?.map((network) => {
          const ports = (network.ReservedPorts ?? []).filter(({ Label }) => Label !== 'db');
          return { ...network, ReservedPorts: ports.length === 0 ? null : ports };
        }),
      };
    });
    const expected = before.TaskGroups.map((one) =>
      one.Name !== options.group
        ? one
        : {
            ...one,
            Tasks: one.Tasks.map((task) => ({
              ...task,
              Templates:
                task.Templates?.map((template) => ({
                  ...template,
                  EmbeddedTmpl: dropSettings(template.EmbeddedTmpl),
                })) ?? null,
            })),
          },
    );
    expect(stripped).toEqual(expected);

    function undone(env: Record<string, string> | null, task: string): Record<string, string> | null {
      const changed = settings.filter((one) => one.task === task && one.place === 'env');
      for (const { key, to } of changed) expect(env?.[key]).toBe(to);
      return env && { ...env, ...Object.fromEntries(changed.map(({ key, from }) => [key, from])) };
    }
    function dropSettings(text: string): string {
      return text.replace(/^.*(?:DB_HOST|DB_PORT).*\n|^\{\{ range service.*\n(?:.*\n)*?\{\{ end \}\}\n/gm, '');
    }
  });

  test('the scripts arrive byte for byte, on LF and CRLF files', () => {
    for (const eol of ['\n', '\r\n']) {
      const source = golden('speedtest-host.before.nomad.hcl').replaceAll('\n', eol);
      const { text } = spliceDatabase(hcl, source, hostCase);
      expectScripts(group(parseWithNomad(text), 'speedtest'), hostCase.part);
    }
  });

  test('hostile names arrive byte for byte', () => {
    const names = { database: 'a"b\'c\\d ${x} %{y} {{ z }} $${', role: 'r\'; DROP {{ "{{" }} 😀 $$ --' };
    const part = rehearsal({ databases: databases(names.database, 'plain'), role: names.role });
    const job = { jobId: 'j', namespace: 'default', datacenters: ['dc1'], nodeId: 'n' };
    const parsed = parseWithNomad(renderRehearsalJob(part, job));
    expectScripts(group(parsed, part.group), part);
  });

  test('a rehearsal job has no gate, no vault and stays on its node', () => {
    for (const part of [rehearsal(), rehearsal(dockerPart({ network: 'bridge', purpose: 'rehearsal' }))]) {
      const job = { jobId: 'dbctl-rehearse-x', namespace: 'house', datacenters: ['a', 'b'], nodeId: 'node-1' };
      const parsed = parseWithNomad(renderRehearsalJob(part, job));
      expect(parsed).toMatchObject({
        ID: 'dbctl-rehearse-x',
        Namespace: 'house',
        Datacenters: ['a', 'b'],
        Type: 'service',
      });
      const only = group(parsed, part.group);
      expect(only.Tasks.map((task) => task.Name)).toEqual(['postgres', 'db-backup', 'db-init']);
      expect(only.Tasks.every((task) => task['Vault'] === null)).toBe(true);
      expect(only).toMatchObject({
        RestartPolicy: { Attempts: 0, Mode: 'fail' },
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
      });
      expect(parsed['Constraints']).toEqual([{ LTarget: '${node.unique.id}', RTarget: 'node-1', Operand: '=' }]);
    }
  });

  test('rendered files are as nomad fmt wants them', () => {
    for (const text of [
      renderRehearsalJob(rehearsal(), { jobId: 'j', namespace: 'd', datacenters: ['dc1'], nodeId: 'n' }),
      renderRehearsalJob(rehearsal(dockerPart({ purpose: 'rehearsal' })), {
        jobId: 'j',
        namespace: 'd',
        datacenters: ['dc1'],
        nodeId: 'n',
      }),
      spliceDatabase(hcl, golden('speedtest-host.before.nomad.hcl'), hostCase).text,
    ]) {
      expect(formatWithNomad(text)).toBe(text);
    }
  });

  test('every string that can be written reads back', () => {
    const values = fc.sample(hostileText(), { numRuns: 3000, seed: 7 });
    const quoted = values.map((value, at) => `    k${at} = ${hclString(value)}\n`).join('');
    const heredocs = values
      .map((value, at) => `    h${at} = ${hclHeredoc(`${value.replaceAll('\r', '')}\n`)}\n`)
      .join('');
    const job = parseWithNomad(
      `job "x" {\n  meta {\n${quoted}${heredocs}  }\n  group "g" {\n    task "t" {\n      driver = "exec"\n    }\n  }\n}\n`,
    );
    values.forEach((value, at) => {
      expect(job.Meta?.[`k${at}`]).toBe(value);
      expect(job.Meta?.[`h${at}`]).toBe(`${value.replaceAll('\r', '')}\n`);
    });
    expect(values.filter((value) => /[$%]\{/.test(value)).length).toBeGreaterThan(100);
    expect(goTemplateLiteral('a{{{b')).toBe('a{{ "{{" }}{b');
  });

  test('dynamic, static and CSI volumes get the right type', () => {
    const volume = (kind: 'host' | 'csi') => ({ label: 'v', kind, source: 's' });
    // CSI has no mode for a single writer alone: one node may write.
    for (const [kind, AccessMode] of [
      ['host', 'single-node-single-writer'],
      ['csi', 'single-node-writer'],
    ] as const) {
      const part = rehearsal(samplePart({ purpose: 'rehearsal', volume: volume(kind) }));
      const parsed = parseWithNomad(
        renderRehearsalJob(part, { jobId: 'j', namespace: 'd', datacenters: ['a'], nodeId: 'n' }),
      );
      expect(group(parsed, part.group).Volumes?.['v']).toMatchObject({
        Type: kind,
        Source: 's',
        AccessMode,
      });
    }
  });
});
