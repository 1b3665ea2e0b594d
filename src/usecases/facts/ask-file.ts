const kindOf = (role: string): string => (role === 'url' ? 'url' : 'plain');

/** What PRINT_FILE is asked for, to get one dotted path. */
export const wantedNames = (key: string, role: string): string[] => {
  const names = key.split('.');
  return [...names.slice(0, -1).map((name) => `level:${name}`), `${kindOf(role)}:${names.at(-1) ?? key}`];
};

/** A template's destination as its task sees it: a folder of Nomad's and the path below it. */
export const placeOf = (path: string): [string, string] => {
  const plain = path.replace(/^\$\{NOMAD_(SECRETS|TASK|ALLOC)_DIR\}\//, (_all, dir: string) =>
    dir === 'TASK' ? 'local/' : `${dir.toLowerCase()}/`,
  );
  const match = /^(?:\.\/)?(secrets|local|alloc)\/(.*)$/.exec(plain);
  return match === null ? ['task', plain] : [match[1] ?? '', match[2] ?? ''];
};
