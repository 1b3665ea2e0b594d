/** How a value comes about. `name`: the service, path or variable that is asked. */
export interface Origin {
  readonly kind:
    | 'literal'
    | 'consul-service'
    | 'consul-dns'
    | 'consul-kv'
    | 'consul-connect'
    | 'nomad-service'
    | 'nomad-variable'
    | 'nomad-env'
    | 'vault'
    | 'hcl-variable'
    | 'hcl-local'
    | 'computed';
  readonly name?: string;
}

const STRING = '["`]([^"`]+)["`]';
const ASKS: readonly (readonly [Origin['kind'], RegExp])[] = [
  ['nomad-service', new RegExp(`\\bnomadService\\s+(?:\\d+\\s+(?:\\([^)]*\\)|\\S+)\\s+)?${STRING}`, 'g')],
  ['consul-service', new RegExp(`(?<![\\w.])(?:service|connect)\\s+${STRING}`, 'g')],
  ['vault', new RegExp(`\\bsecret\\s+${STRING}`, 'g')],
  ['consul-kv', new RegExp(`(?<![\\w.])(?:key|keyOrDefault|keyExists|ls|tree|safeLs|safeTree)\\s+${STRING}`, 'g')],
  ['nomad-variable', new RegExp(`\\bnomadVar(?:Exists|List)?\\s+${STRING}`, 'g')],
  ['consul-connect', /\b(NOMAD_UPSTREAM_[A-Za-z]+_[\w-]+)/g],
  ['nomad-env', /\b(NOMAD_(?!UPSTREAM)[A-Z]+(?:_[\w-]+)?)/g],
  ['nomad-env', /\$\{((?:attr|meta|node|env)\.[\w.-]+)\}/g],
  ['nomad-env', /\benv\s+["`]((?:attr|meta|node)\.[\w.-]+)["`]/g],
  ['consul-dns', /(?<![\w.-])((?:[\w-]+\.)*[\w-]+\.(?:service|query|virtual)(?:\.[\w-]+)*\.consul)(?![\w-])/g],
  ['hcl-variable', /(?<![\w.])var\.([\w-]+)/g],
  ['hcl-local', /(?<![\w.])local\.([\w-]+)/g],
];

/** `around`: the openings of the blocks that a value of a template stands in. Never empty. */
export function originsOf(text: string, around: readonly string[] = []): Origin[] {
  const dots = /\{\{-?\s*[.$]|\{\{[^}]*[\s(|][.$]/.test(text);
  const all = [text, ...(dots ? around : [])];
  const found = all.flatMap((one) =>
    ASKS.flatMap(([kind, ask]) => [...one.matchAll(ask)].map(([, name]) => ({ kind, name: name ?? '' }))),
  );
  const once = [...new Map(found.map((origin) => [`${origin.kind} ${origin.name}`, origin])).values()];
  if (once.length > 0) return once;
  return [{ kind: /\{\{|\$\{|^[a-z]\w*\(/.test(text) ? 'computed' : 'literal' }];
}

const WORDS: Readonly<Record<Origin['kind'], string>> = {
  literal: 'written out',
  'consul-service': 'Consul service',
  'consul-dns': 'Consul DNS',
  'consul-kv': 'Consul KV',
  'consul-connect': 'Consul Connect',
  'nomad-service': 'Nomad service',
  'nomad-variable': 'Nomad Variable',
  'nomad-env': 'Nomad',
  vault: 'Vault',
  'hcl-variable': 'HCL variable',
  'hcl-local': 'HCL local',
  computed: 'computed',
};

/** `Consul service postgres`, `written out`. */
export const originText = ({ kind, name }: Origin): string =>
  name === undefined ? WORDS[kind] : `${WORDS[kind]} ${name}`;
