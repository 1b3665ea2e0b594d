type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Drops keys that are present but undefined, so that a spread never overwrites a default with nothing. */
export const defined = <T extends object>(value: T | undefined): Defined<T> =>
  Object.fromEntries(Object.entries(value ?? {}).filter(([, item]) => item !== undefined)) as Defined<T>;
