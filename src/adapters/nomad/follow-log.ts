import type { FollowRequest } from '../../ports/nomad.js';
import type { NomadHttp } from './http.js';
import { segment } from './segment.js';

export const followLog = (
  http: NomadHttp,
  { allocId, task, stream, bytes, signal }: FollowRequest,
  take: (bytes: Buffer) => void,
): Promise<void> => {
  const query = { task, type: stream, origin: 'end', offset: bytes, plain: true, follow: true };
  return http.stream(`/v1/client/fs/logs/${segment(allocId)}`, query, signal, take);
};
