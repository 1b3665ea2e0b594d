import { inToolbox } from '../pipeline/toolbox-run.js';
import type { UseCaseDeps } from './deps.js';
import type { Found } from './pin-backup.js';

/** A name that a set has, as its pin tells it. */
export interface NamedSet {
  readonly name: string;
  readonly id: string;
  readonly created: string;
}

export interface Holders {
  readonly images: readonly NamedSet[];
  /** Runs that read a set now. */
  readonly readers: readonly { readonly id: string; readonly run: string }[];
}

/** $1: the service's folder. */
const READ = `for pin in "$1"/pins/*; do
  [ -s "$pin" ] || continue
  sed -n -e "s|^image |dbctl-image \${pin##*/} |p" -e "s|^run |dbctl-run \${pin##*/} |p" "$pin"
done`;

/** The line of an image in its set's pin: `image <name> <created>`. */
export const imageHolder = ({ name, created }: NamedSet): `image ${string}` => `image ${name} ${created}`;

/** Who keeps which set of a service, the operator's own pins apart. Changes nothing. */
export async function holdersOf(
  deps: UseCaseDeps,
  { toolbox }: Pick<Found, 'toolbox'>,
  home: string,
): Promise<Holders> {
  const said = await inToolbox(deps, toolbox, READ, home);
  const images = [...said.matchAll(/^dbctl-image (\S+) (\S+) (\S+)$/gm)];
  const readers = [...said.matchAll(/^dbctl-run (\S+) (\S+)$/gm)];
  return {
    images: images.map(([, id = '', name = '', created = '']) => ({ id, name, created })),
    readers: readers.map(([, id = '', run = '']) => ({ id, run })),
  };
}
