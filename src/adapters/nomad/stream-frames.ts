import { z } from 'zod';

const frame = z.looseObject({ Data: z.string().optional(), FileEvent: z.string().optional() });

/**
 * The bytes of Nomad's concatenated `{"Data":"<base64>",…}` frames. `undefined` when the frames are broken or say that
 * the file was deleted or truncated while it was read. The frames' own offsets are not usable: the last one runs ahead.
 */
export function joinFrames(text: string): Buffer | undefined {
  const parts: Buffer[] = [];
  for (const piece of text.trim() === '' ? [] : text.trim().split(/(?<=\})(?=\{)/)) {
    const parsed = frame.safeParse(parseOrUndefined(piece));
    if (!parsed.success || parsed.data.FileEvent) return undefined;
    parts.push(Buffer.from(parsed.data.Data ?? '', 'base64'));
  }
  return Buffer.concat(parts);
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
