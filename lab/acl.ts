import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Api } from './http.js';

/** Whoever brings no token may do everything but manage tokens: the lab's own calls need none, a token's own policy is all it has. */
const ANONYMOUS = `
namespace "*" {
  policy = "write"
  variables { path "*" { capabilities = ["write", "read", "list", "destroy"] } }
}
node { policy = "write" }
agent { policy = "write" }
operator { policy = "write" }
plugin { policy = "read" }
host_volume "*" { policy = "write" }
`;

export const managementTokenPath = (dir: string): string => join(dir, 'nomad-token');

/** `nomad acl bootstrap`, which works once, and the policy above. False while Nomad does not answer yet. */
export async function bootstrapAcl(address: string, anonymous: Api, dir: string): Promise<boolean> {
  const made = await anonymous.tryCall<{ SecretID: string }>('post', '/v1/acl/bootstrap');
  if (made === undefined) return false;
  await writeFile(managementTokenPath(dir), made.SecretID, { mode: 0o600 });
  const response = await fetch(`${address}/v1/acl/policy/anonymous`, {
    method: 'POST',
    headers: { 'X-Nomad-Token': made.SecretID },
    body: JSON.stringify({ Name: 'anonymous', Rules: ANONYMOUS }),
  });
  return response.ok;
}
