import { randomBytes } from 'node:crypto';

export interface Frame {
  /** As it came, header included. */
  readonly raw: Buffer;
  readonly text: string;
}

/** Takes the stream of a server apart; its frames are not masked. Text frames only carry JSON here, none is fragmented. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | undefined {
    const short = (this.#rest[1] ?? 0) & 0x7f;
    const header = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (this.#rest.length < header) return undefined;
    const length =
      short === 127 ? Number(this.#rest.readBigUInt64BE(2)) : short === 126 ? this.#rest.readUInt16BE(2) : short;
    if (this.#rest.length < header + length) return undefined;
    const raw = this.#rest.subarray(0, header + length);
    this.#rest = this.#rest.subarray(header + length);
    return { raw, text: raw.subarray(header).toString('utf8') };
  }
}

/** A text frame as a client sends it. */
export function clientFrame(text: string): Buffer {
  const payload = Buffer.from(text, 'utf8');
  const mask = randomBytes(4);
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, masked]);
}
