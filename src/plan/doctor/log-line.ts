import type { Inventory } from '../../inventory/types.js';
import { serviceName } from '../names.js';
import type { Found, Looked } from './check.js';
import type { LogLook } from './facts.js';

interface Words {
  readonly fix: (job: string, service: string | null) => string;
  readonly well: string;
  readonly level?: Found['level'];
}

/** The newest line of each task's log that says so. Only that line is shown, without what it quotes. */
export function logLine(logs: readonly LogLook[], inventory: Inventory, pattern: RegExp, words: Words): Looked {
  const findings = logs.flatMap(({ job, task, allocId, text }): Found[] => {
    const line = text.split('\n').findLast((one) => pattern.test(one));
    if (line === undefined) return [];
    const service = inventory.services.find((one) => one.job === job || serviceName(one.name) === job)?.name ?? null;
    return [
      {
        level: words.level ?? 'fail',
        service,
        evidence: `job ${job}, task ${task} (${allocId.slice(0, 8)}): ${shortened(line)}`,
        fix: words.fix(job, service),
      },
    ];
  });
  return findings.length === 0 ? words.well : findings;
}

/** What stands behind a key that sounds secret, and passwords in URLs, stay in the log. */
const shortened = (line: string): string =>
  line
    .trim()
    .replaceAll(/:\/\/[^/@\s]*@/g, '://…@')
    .replaceAll(/((?:password|passwd|secret|token)\s*[=:]\s*)\S+/gi, '$1…')
    .slice(0, 200);
