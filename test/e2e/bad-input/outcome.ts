/** One thing that a run told: an error, or a finding of the plan. */
export interface Told {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

export interface Outcome {
  readonly exit: number;
  readonly told: readonly Told[];
  /** Where a plan puts the database. */
  readonly placement: string;
  /** For the message of a failed test. */
  readonly text: string;
}

interface Finding {
  readonly code: string;
  readonly level: string;
  readonly text: string;
  readonly next?: string;
}

interface ErrorJson {
  readonly code: string;
  readonly message: string;
  readonly where?: string;
  readonly value?: string;
  readonly next?: string;
  readonly details: readonly string[];
}

interface Document {
  readonly error?: ErrorJson;
  readonly services?: readonly {
    readonly findings: readonly Finding[];
    readonly placement: { readonly kind: string };
  }[];
}

/** What a run said on stdout as JSON. The findings of a refused move are the details of its error. */
export function outcomeOf(exit: number, stdout: string, stderr: string): Outcome {
  const text = `${stdout}\n${stderr}`.slice(-3000);
  const document = parsed(stdout);
  const plans = document?.services ?? [];
  const findings = plans
    .flatMap((plan) => plan.findings)
    .map(({ code, text: message, next = '' }) => ({ code, message, next }));
  const told = [...errorTold(document?.error), ...findings];
  return { exit, told, placement: plans[0]?.placement.kind ?? '', text };
}

function errorTold(error: ErrorJson | undefined): Told[] {
  if (error === undefined) return [];
  if (error.code === 'PREFLIGHT_FAILED') return error.details.map(findingTold);
  const message = [error.message, error.where, error.value, ...error.details].filter(Boolean).join(': ');
  return [{ code: error.code, message, next: error.next ?? '' }];
}

function findingTold(line: string): Told {
  const [, code = '', message = '', next = ''] = /^([A-Z0-9_]+): (.*?)(?:\. Next: (.*))?$/s.exec(line) ?? [];
  return { code, message, next };
}

function parsed(stdout: string): Document | undefined {
  try {
    return JSON.parse(stdout) as Document;
  } catch {
    return undefined;
  }
}
