import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { metricFamilies } from '../../src/usecases/metrics.js';

const docs = (name: string): string => readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');

const NAMES = new Set(metricFamilies([]).map(({ name }) => name));
const LABELS = new Set(['service', 'target', 'file']);

/** Names of ours in an expression, and the labels it selects or joins by. */
const namesIn = (expr: string): string[] => [...expr.matchAll(/\bdbctl_\w+/g)].map(([name]) => name);
const labelsIn = (expr: string): string[] => [
  ...[...expr.matchAll(/[{,]\s*(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  ...[...expr.matchAll(/\bon \((\w+)\)/g)].map(([, label = '']) => label),
];
const balanced = (expr: string): boolean => {
  const text = expr.replaceAll(/"[^"]*"/g, '""');
  return ['()', '{}'].every(([open = '', close = '']) => text.split(open).length === text.split(close).length);
};

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly next: string };
}
const rules = (parse(docs('prometheus/dbctl-rules.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

interface Dashboard {
  readonly panels: { readonly id: number; readonly title: string; readonly targets: { readonly expr: string }[] }[];
  readonly templating: { readonly list: { readonly name: string; readonly query: string }[] };
}
const dashboard = JSON.parse(docs('grafana/dbctl-dashboard.json')) as Dashboard;
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...dashboard.templating.list.map(({ query }) => query),
];

describe('alert rules and dashboard', () => {
  it('name only metrics and labels that dbctl writes', () => {
    expect(expressions.flatMap(namesIn).filter((name) => !NAMES.has(name))).toEqual([]);
    expect(expressions.flatMap(labelsIn).filter((label) => !LABELS.has(label))).toEqual([]);
    expect(expressions.filter((expr) => !balanced(expr))).toEqual([]);
  });

  it('alert on what is late, failed, late off-site, and not drilled, each with a next step', () => {
    const names = rules.map(({ alert }) => alert);
    for (const wanted of ['DbctlBackupLate', 'DbctlBackupFailed', 'DbctlOffsiteLate', 'DbctlUndrilled'])
      expect(names).toContain(wanted);
    expect(new Set(names).size).toBe(names.length);
    for (const { labels, annotations } of rules) {
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations.summary.length * annotations.next.length).toBeGreaterThan(0);
    }
  });

  it('show every metric that is a time, a size or a state somewhere', () => {
    const used = new Set(expressions.flatMap(namesIn));
    const unused = [...NAMES].filter((name) => !used.has(name));
    expect(unused).toEqual(['dbctl_backup_last_attempt_timestamp_seconds']);
  });

  it('have panels with ids of their own', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
