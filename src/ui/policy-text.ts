import type { Policy } from '../report/policy-document.js';

/** Each text under a comment that says whose it is and how to apply it; alone, it can be piped into that command. */
export const policyText = (policies: readonly Policy[]): string =>
  policies.map((policy) => (isJson(policy) ? policy.text : `${head(policy)}${policy.text}`)).join('\n');

const isJson = ({ text }: Policy): boolean => text.startsWith('{');

const head = (policy: Policy): string => `# ${policy.for}: ${policy.why}\n# ${policy.apply}\n`;
