import { createReadStream, createWriteStream } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DbctlError } from '../../src/errors/dbctl-error.js';

interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: Readable;
  readonly signal?: AbortSignal | undefined;
}

/** The Docker Engine's HTTP interface on a unix socket; its command line client is a package of its own. */
export class EngineApi {
  constructor(readonly socket: string) {}

  /** Is anybody there? */
  async answers(): Promise<boolean> {
    return this.#text({ method: 'GET', path: '/_ping', signal: AbortSignal.timeout(2000) }).then(
      () => true,
      () => false,
    );
  }

  /** Names with tag of the images whose name begins so. */
  async imagesOf(prefix: string): Promise<string[]> {
    const all = JSON.parse(await this.#text({ method: 'GET', path: '/images/json' })) as {
      RepoTags: string[] | null;
    }[];
    return all.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name.startsWith(prefix));
  }

  /** Containers that a Nomad agent made, running or not: their ids. */
  async nomadContainers(allocIds?: readonly string[]): Promise<string[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: ['com.hashicorp.nomad.alloc_id'] }));
    const text = await this.#text({ method: 'GET', path: `/containers/json?all=1&filters=${filters}` });
    const found = JSON.parse(text) as { Id: string; Labels: Record<string, string> }[];
    return found
      .filter(({ Labels }) => allocIds?.includes(Labels['com.hashicorp.nomad.alloc_id'] ?? '') ?? true)
      .map(({ Id }) => Id);
  }

  async removeContainer(id: string): Promise<void> {
    await this.#text({ method: 'DELETE', path: `/containers/${id}?force=1&v=1` });
  }

  async removeImage(name: string): Promise<void> {
    await this.#text({ method: 'DELETE', path: `/images/${name}` });
  }

  /** Makes an image of one layer from a tar stream; `changes` are instructions as in a Dockerfile. */
  async importImage(name: string, tar: Readable, changes: readonly string[], signal?: AbortSignal): Promise<void> {
    const query = new URLSearchParams({ fromSrc: '-', ...repoAndTag(name) });
    for (const change of changes) query.append('changes', change);
    throwToldError(await this.#text({ method: 'POST', path: `/images/create?${query}`, body: tar, signal }), name);
  }

  /** From a tar stream with a Dockerfile at its root; its steps run without a network. */
  async buildImage(name: string, context: Readable): Promise<void> {
    const query = new URLSearchParams({ t: name, networkmode: 'none', forcerm: '1' });
    throwToldError(await this.#text({ method: 'POST', path: `/build?${query}`, body: context }), name);
  }

  /** From a file that `saveImage` wrote. */
  async loadImage(file: string): Promise<void> {
    const body = createReadStream(file);
    throwToldError(await this.#text({ method: 'POST', path: '/images/load?quiet=1', body }), file);
  }

  async saveImage(name: string, file: string): Promise<void> {
    await pipeline(await this.#send({ method: 'GET', path: `/images/${name}/get` }), createWriteStream(file));
  }

  /** Asks the image's registry; ends with LAB_PREREQUISITE when it says nothing for `silenceMs`. */
  async pullImage(name: string, silenceMs: number): Promise<void> {
    const { repo, tag } = repoAndTag(name);
    const silence = new AbortController();
    const query = new URLSearchParams({ fromImage: repo, tag });
    const timer = setTimeout(() => silence.abort(), silenceMs);
    try {
      const answer = await this.#send({ method: 'POST', path: `/images/create?${query}`, signal: silence.signal });
      answer.once('data', () => clearTimeout(timer));
      throwToldError(await textOf(answer), name);
    } finally {
      clearTimeout(timer);
    }
  }

  async #text(call: Call): Promise<string> {
    return textOf(await this.#send(call));
  }

  async #send({ method, path, body, signal }: Call): Promise<IncomingMessage> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/x-tar' };
      const options = { socketPath: this.socket, method, path, headers, ...(signal ? { signal } : {}) };
      const sent = request(options, resolve).once('error', reject);
      if (body === undefined) sent.end();
      else pipeline(body, sent).catch(reject);
    });
    if ((answer.statusCode ?? 500) < 300) return answer;
    throw refused(path, `HTTP ${answer.statusCode}`, await textOf(answer));
  }
}

const refused = (where: string, value: string, text: string): DbctlError =>
  new DbctlError('LAB_STATE', 'the Docker daemon refused a request', { where, value, details: [text.slice(0, 1000)] });

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return `${Buffer.concat(chunks)}`;
}

function repoAndTag(name: string): { repo: string; tag: string } {
  const at = name.lastIndexOf(':');
  return { repo: name.slice(0, at), tag: name.slice(at + 1) };
}

/** These requests answer 200 at once; a failure is one of the JSON lines that follow. */
function throwToldError(lines: string, where: string): void {
  const told = /"error":"((?:[^"\\]|\\.)*)"/.exec(lines)?.[1];
  if (told !== undefined) throw refused(where, 'error', told);
}
