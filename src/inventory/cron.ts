const FIELDS = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12 },
  { name: 'day of week', min: 0, max: 7 },
] as const;

type Field = (typeof FIELDS)[number];

/** What is wrong with a five-field cron line, or `undefined`. Numbers only: the sidecar's shell knows no names. */
export const cronProblem = (text: string): string | undefined => {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) return `expected 5 fields "minute hour day month weekday"`;
  return FIELDS.map((field, index) => fieldProblem(field, parts[index] ?? '')).find((problem) => problem !== undefined);
};

const fieldProblem = (field: Field, text: string): string | undefined =>
  text.split(',').every((item) => itemFits(field, item))
    ? undefined
    : `${field.name} "${text}" is not *, a number ${field.min}-${field.max}, a range, a list or a step`;

const itemFits = (field: Field, item: string): boolean => {
  const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(item);
  if (match === null) return false;
  const from = match[1] === undefined ? field.min : Number(match[1]);
  const to = match[2] === undefined ? from : Number(match[2]);
  return from >= field.min && to <= field.max && from <= to && match[3] !== '0' && match[3] !== '00';
};
