import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Which folder of src may import which, with the reason shown on failure. `errors` and `shared` are open to all. */
const EDGES: Record<string, { may: string[]; because: string }> = {
  errors: { may: [], because: 'errors import nothing, so that everything may import them' },
  shared: { may: [], because: 'shared imports nothing, so that everything may import it' },
  report: { may: [], because: 'a report is plain data' },
  ports: { may: ['report'], because: 'ports are types only' },
  inventory: { may: [], because: 'the inventory is parsed without looking at the world' },
  engines: { may: ['inventory', 'ports', 'report'], because: 'engines return data and text, they do not act' },
  plan: { may: ['inventory', 'engines', 'ports', 'report', 'render'], because: 'a plan is decided from facts, purely' },
  render: { may: ['plan', 'engines', 'ports', 'report'], because: 'rendering is Plan to text' },
  dataplane: { may: ['ports', 'engines', 'report'], because: 'the data plane works through ports' },
  pipeline: {
    may: ['inventory', 'plan', 'engines', 'dataplane', 'report', 'ports'],
    because: 'steps decide nothing about rendering or output',
  },
  usecases: {
    may: ['inventory', 'plan', 'engines', 'render', 'pipeline', 'dataplane', 'report', 'ports'],
    because: 'a use-case joins the parts and prints nothing',
  },
  ui: { may: ['plan', 'ports', 'report'], because: 'output draws reports and plans' },
  adapters: { may: ['ports'], because: 'adapters implement ports' },
  cli: {
    may: ['usecases', 'ui', 'report', 'plan', 'inventory', 'ports', 'pipeline'],
    because: 'a command reads flags, calls a use-case, shows the report',
  },
  connection: { may: ['ports', 'adapters'], because: 'addresses from the environment' },
  main: { may: ['*'], because: 'the composition root' },
};

/** Libraries and where alone they may be imported. */
const FENCES: Record<string, string[]> = {
  axios: ['adapters'],
  'node-vault': ['adapters'],
  ws: ['adapters'],
  pg: [],
  'node:fs': ['adapters', 'render', 'engines', 'main'],
  'node:fs/promises': ['adapters'],
  'node:child_process': [],
  handlebars: ['render'],
  'web-tree-sitter': ['render'],
  commander: ['cli', 'main'],
  croner: ['plan'],
  listr2: ['ui'],
  tar: ['adapters'],
  '@clack/prompts': ['ui'],
};

const LONGEST_FILE = 300;
const LONGEST_FUNCTION = 60;
const src = join(import.meta.dirname, '..', 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name: name.replaceAll('\\', '/'), text: readFileSync(join(src, name), 'utf8') }));

const layerOf = (name: string): string => (name.includes('/') ? (name.split('/')[0] ?? '') : name.replace(/\.ts$/, ''));
const importsOf = (text: string): string[] =>
  [...text.matchAll(/^(?:import|export)\s[^;]*?from\s+'([^']+)'/gms)].map((match) => match[1] ?? '');

describe('architecture', () => {
  it('reads the source tree', () => {
    expect(files.length).toBeGreaterThan(40);
  });

  it('imports only along the allowed edges', () => {
    const broken = files.flatMap(({ name, text }) =>
      importsOf(text)
        .filter((path) => path.startsWith('.'))
        .map((path) =>
          layerOf(
            relative(src, join(src, name, '..', path))
              .replaceAll('\\', '/')
              .replace(/\.js$/, '.ts'),
          ),
        )
        .filter((to) => !edgeAllowed(layerOf(name), to))
        .map((to) => `${name} imports ${to}: ${EDGES[layerOf(name)]?.because ?? 'unknown layer'}`),
    );
    expect(broken).toEqual([]);
  });

  it('keeps every library behind its fence', () => {
    const broken = files.flatMap(({ name, text }) =>
      importsOf(text)
        .filter((path) => path in FENCES && !FENCES[path]?.includes(layerOf(name)))
        .map((path) => `${name} imports ${path}`),
    );
    expect(broken).toEqual([]);
  });

  it('reads env, exits and the clock only at the edges', () => {
    const edge = new Set(['main', 'adapters']);
    const broken = files
      .filter(({ name }) => !edge.has(layerOf(name)))
      .filter(({ text }) => /\bprocess\.(env|exit|argv|cwd)|Date\.now\(|new Date\(\)|Math\.random\(/.test(text))
      .map(({ name }) => name);
    expect(broken).toEqual([]);
  });

  it('throws only coded errors', () => {
    const broken = files.filter(({ text }) => /throw new (Type|Range)?Error\(/.test(text)).map(({ name }) => name);
    expect(broken).toEqual([]);
  });

  it('keeps files and functions short', () => {
    const long = files
      .filter(({ name }) => !/(codes|presets)\.ts$/.test(name))
      .flatMap(({ name, text }) => [
        ...(text.split('\n').length > LONGEST_FILE ? [`${name}: ${text.split('\n').length} lines`] : []),
        ...longFunctions(text).map((where) => `${name}: ${where}`),
      ]);
    expect(long).toEqual([]);
  });

  it('has no cycle between folders other than the one of plan and render types', () => {
    const edges = new Map<string, Set<string>>();
    for (const { name, text } of files) {
      const from = layerOf(name);
      const value = text.replaceAll(/^(?:import|export) type [^;]*;/gms, '');
      for (const path of importsOf(value).filter((path) => path.startsWith('.'))) {
        const to = layerOf(
          relative(src, join(src, name, '..', path))
            .replaceAll('\\', '/')
            .replace(/\.js$/, '.ts'),
        );
        if (to !== from) edges.set(from, (edges.get(from) ?? new Set()).add(to));
      }
    }
    expect(findCycle(edges)).toEqual([]);
  });
});

function edgeAllowed(from: string, to: string): boolean {
  if (from === to || to === 'errors' || to === 'shared') return true;
  const rule = EDGES[from];
  return rule !== undefined && (rule.may.includes('*') || rule.may.includes(to));
}

/** Top-level and method bodies by indentation: the formatter guarantees the closing brace's column. */
function longFunctions(text: string): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, start) => {
    const head = /^(\s*)(?:export )?(?:async )?(?:function |(?:const \w+ = (?:async )?(?:<[^>]*>)?\())/.exec(line);
    if (!head) return [];
    const indent = head[1] ?? '';
    // An arrow without braces has no closing line of its own: it ends where the next thing of its level begins.
    const next = lines.findIndex(
      (other, at) => at > start && other.startsWith(indent) && /^[^\s})\]]/.test(other.slice(indent.length)),
    );
    const end = lines.findIndex((other, at) => at > start && (next < 0 || at < next) && other.startsWith(`${indent}}`));
    const length = end - start + 1;
    return end > 0 && length > LONGEST_FUNCTION ? [`line ${start + 1}: function of ${length} lines`] : [];
  });
}

function findCycle(edges: Map<string, Set<string>>): string[] {
  const visit = (node: string, path: string[]): string[] => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    for (const next of edges.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle.length > 0) return cycle;
    }
    return [];
  };
  for (const node of edges.keys()) {
    const cycle = visit(node, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
