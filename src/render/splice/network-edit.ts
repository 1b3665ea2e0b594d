import type { DatabasePart } from '../../plan/types.js';
import { renderPort } from '../database-part.js';
import type { Edit } from './apply-edits.js';
import { attributeOf, blocksOf, type HclBlock, type HclFile, lineEnd, lineOf, lineStart } from './hcl-file.js';
import { layoutOf } from './layout.js';
import { regionText } from './region-text.js';
import { unsupported } from './unsupported.js';

/** Reserves the port in the group's own network block; Nomad allows only one block. Bridge mode needs no reservation. */
export function networkEdit(file: HclFile, group: HclBlock, part: DatabasePart): Edit[] {
  const [network, other] = blocksOf(group.body, 'network');
  if (network === undefined) return [];
  if (other !== undefined) unsupported(file.source, other.start, 'the group has two network blocks');
  checkMode(file, network, part);
  if (part.network === 'bridge') return [];
  const oneLine = lineOf(file.source, network.start) === lineOf(file.source, network.close);
  return [oneLine ? longerNetwork(file, group, network, part) : portInside(file, network, part)];
}

function checkMode(file: HclFile, network: HclBlock, part: DatabasePart): void {
  const attribute = attributeOf(network.body, 'mode');
  const written = attribute === undefined ? 'host' : attribute.value.literal;
  // A network of a CNI plugin is the group's own, as a bridge is.
  const mode = written?.startsWith('cni/') ? 'bridge' : written;
  // Without a mode the group has the host's network, and each container one of its own.
  if (mode === (part.network === 'none' ? 'host' : part.network)) return;
  unsupported(
    file.source,
    network.start,
    `the group's network mode is not "${part.network}", which the plan was made for`,
  );
}

function portInside(file: HclFile, network: HclBlock, part: DatabasePart): Edit {
  const taken = blocksOf(network.body, 'port').find(({ labels }) => labels[0] === 'db');
  if (taken !== undefined)
    unsupported(
      file.source,
      taken.start,
      'the group has a port called "db" already',
      'take that port out if nothing uses it, else give it another name, then run again',
    );
  const layout = layoutOf(file, network);
  return { start: layout.at, end: layout.at, text: regionText('port', [], renderPort(part), layout) };
}

/** A block on one line may hold one argument only, so it is written out and the line kept. */
function longerNetwork({ source }: HclFile, group: HclBlock, network: HclBlock, part: DatabasePart): Edit {
  const span = { start: lineStart(source, network.start), end: lineEnd(source, network.start) };
  const line = source.slice(span.start, span.end);
  if (source.slice(span.start, network.start).trim() !== '' || group.start >= span.start) {
    unsupported(source, network.start, 'the network block shares its line with something else');
  }
  const indent = source.slice(span.start, network.start);
  const eol = line.endsWith('\r\n') ? '\r\n' : '\n';
  const attributes = network.body.attributes.map(({ start, end }) => `  ${source.slice(start, end)}\n`).join('');
  const port = renderPort(part).replace(/^(?=.)/gm, '  ');
  const text = `network {\n${attributes}${port}}\n`;
  return { ...span, text: regionText('network', [`# was ${JSON.stringify(line)}`], text, { indent, unit: '  ', eol }) };
}
