import type { SeenCopy } from '../../dataplane/read-copies.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import { roomToRestore } from '../../pipeline/require-room.js';
import type { Chosen } from '../../pipeline/restore/choose.js';
import type { CopyFacts } from '../../pipeline/seek/look.js';
import { majorOf } from '../../plan/image.js';
import type { Again } from '../../plan/provision/fill.js';
import { offsitePlace } from '../offsite-place.js';
import type { PreparedFill } from '../prepare-fill.js';
import type { FoundCopies } from './seek.js';

/** The fill that makes the service from its own copies again. Throws ARTIFACT_CORRUPT for copies that do not fit together. */
export function fillAgain(service: InventoryService, found: FoundCopies, again: Again): PreparedFill {
  const { copies, facts, target, image, owner } = found;
  const [first] = facts;
  const [main] = first?.databases ?? [];
  const chosen = copies.map((copy, at) => chosenOf(service, copy, facts[at]));
  const [one, ...more] = chosen;
  if (!first || !main || !one)
    throw new DbctlError('ARTIFACT_CORRUPT', 'the copy holds no database', { where: target });
  const majors = [...new Set(facts.map(({ manifest }) => majorOf(manifest.server.version)))];
  const [major = 0] = majors;
  if (majors.length > 1)
    throw new DbctlError('ARTIFACT_CORRUPT', 'the copies are of several majors', { value: majors.join(', ') });
  const databases = facts.flatMap((fact) => fact.databases.map(({ owner: _, ...spec }) => spec));
  const bytes = facts.flatMap(({ manifest }) => manifest.databases).reduce((all, { sizeBytes }) => all + sizeBytes, 0);
  const like = {
    service: service.name,
    set: { id: one.id, started: one.started, major },
    ...{ role: main.owner, databases, offsite: target },
    server: { driver: service.driver, major, owner, ...(image === null ? {} : { image }) },
    node: { id: '', name: '', volume: '' },
    extensions: [...new Set(facts.flatMap(({ extensions }) => extensions))].sort(),
    needBytes: roomToRestore(bytes),
    freeBytes: null,
    again,
  };
  const fill = { from: service.name, chosen: one, offsite: offsitePlace(service, target) };
  return { like, fill: more.length > 0 ? { ...fill, more } : fill };
}

const chosenOf = (service: InventoryService, copy: SeenCopy, facts: CopyFacts | undefined): Chosen => ({
  id: copy.id,
  started: facts?.manifest.started ?? null,
  finished: copy.finished,
  prefix: copy.prefix,
  bytes: copy.bytes,
  ...(copy.service === service.name ? {} : { service: copy.service }),
});
