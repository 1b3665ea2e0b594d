/** Where an app finds its database. `loopback`: of the group's own network. `alloc`: a port of its own allocation. */
export type Address =
  | { readonly kind: 'loopback'; readonly port: number }
  | { readonly kind: 'alloc'; readonly label: 'db' }
  | { readonly kind: 'service'; readonly name: string; readonly provider: ServiceProvider };

export type ServiceProvider = 'nomad' | 'consul';

/** `env`: between the quotes of an HCL string. `template`: inside a template of Nomad. */
export type AddressPlace = 'env' | 'template';

export interface AddressText {
  readonly host: string;
  readonly port: string;
}

/** Loopback by number: `localhost` may mean ::1 first, where the server does not listen. */
const LOOPBACK = '127.0.0.1';

/**
 * Host and port as they are written at that place; nothing in them needs escaping, neither for HCL nor for a heredoc.
 * `undefined` where the place cannot hold the address: only a template can ask for a service.
 */
export function addressText(address: Address, place: AddressPlace): AddressText | undefined {
  switch (address.kind) {
    case 'loopback':
      return { host: LOOPBACK, port: String(address.port) };
    case 'alloc':
      return {
        host: variable(`NOMAD_IP_${address.label}`, place),
        port: variable(`NOMAD_PORT_${address.label}`, place),
      };
    case 'service':
      return place === 'env' ? undefined : { host: lookup(address, 'Address'), port: lookup(address, 'Port') };
  }
}

const variable = (name: string, place: AddressPlace): string =>
  place === 'env' ? `\${${name}}` : `{{ env "${name}" }}`;

/** The first instance only: while a server is replaced two may be known, and `range` would join their addresses. */
const lookup = (address: ServiceAddress, field: 'Address' | 'Port'): string =>
  `{{ with ${FUNCTIONS[address.provider]} "${address.name}" }}{{ with index . 0 }}{{ .${field} }}{{ end }}{{ end }}`;

type ServiceAddress = Extract<Address, { kind: 'service' }>;

const FUNCTIONS: Readonly<Record<ServiceProvider, string>> = { nomad: 'nomadService', consul: 'service' };

/**
 * The same text asking for the new service where it asked for the shared one; `undefined` when it asks for neither by
 * this provider's function. All else stays byte for byte, so the operator's own way of asking is kept.
 */
export function renamedLookup(text: string, shared: string, address: Address): string | undefined {
  if (address.kind !== 'service') return undefined;
  const call = new RegExp(`(\\{\\{[^{}]*?\\b${FUNCTIONS[address.provider]}\\s+)(["\`])${escapeRegExp(shared)}\\2`, 'g');
  return call.test(text)
    ? text.replace(call, (_whole, head: string, quote: string) => `${head}${quote}${address.name}${quote}`)
    : undefined;
}

const escapeRegExp = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
