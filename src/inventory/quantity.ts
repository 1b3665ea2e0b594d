const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const MEBIBYTES: Readonly<Record<string, number>> = { M: 1, MB: 1, MiB: 1, G: 1024, GB: 1024, GiB: 1024 };

export const DURATION = /^(?:\d+(?:s|m|h|d))+$/;
export const MEMORY = /^\d+(?: ?(?:M|MB|MiB|G|GB|GiB))$/;

/** `1h30m` → 5400. Seconds; expects text that matches DURATION. */
export const durationSeconds = (text: string): number =>
  [...text.matchAll(/(\d+)(s|m|h|d)/g)].reduce(
    (sum, part) => sum + Number(part[1]) * (UNIT_SECONDS[part[2] ?? ''] ?? 0),
    0,
  );

/** `1GiB` → 1024, 256 → 256. Nomad counts memory in MiB and calls it MB; so do we. */
export const memoryMiB = (value: number | string): number => {
  if (typeof value === 'number') return value;
  const match = /^(\d+) ?([A-Za-z]+)$/.exec(value);
  return match === null ? 0 : Number(match[1]) * (MEBIBYTES[match[2] ?? ''] ?? 0);
};
