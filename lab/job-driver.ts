/** What differs between the lab's drivers: the word, and lines of a task's `config` block. */
export interface JobDriver {
  readonly name: 'exec' | 'docker';
  /** Lines for tasks that run an app of the lab, such as `image = "…"`; none for a driver without images. */
  readonly appImage: readonly string[];
  /** Lines for tasks that run PostgreSQL's programs. */
  readonly postgresImage: readonly string[];
  /** Lines for tasks in the host's network; a group in bridge mode is served without. */
  readonly hostNetwork: readonly string[];
}

export const EXEC_DRIVER: JobDriver = { name: 'exec', appImage: [], postgresImage: [], hostNetwork: [] };

/** A mark on a line of its own becomes as many lines, indented alike; with none it goes together with its line. */
function putLines(text: string, mark: string, lines: readonly string[]): string {
  const put = (_whole: string, indent: string): string => lines.map((line) => `${indent}${line}\n`).join('');
  return text.replace(new RegExp(`^([ \\t]*)${mark}\\n`, 'gm'), put);
}

/** The same operator's text for one driver: `__DRIVER__` and the marks of lines are filled. */
export function forDriver(text: string, driver: JobDriver): string {
  const { name, appImage, postgresImage, hostNetwork } = driver;
  const marks = { __APP_IMAGE__: appImage, __POSTGRES_IMAGE__: postgresImage, __HOST_NETWORK__: hostNetwork };
  let filled = text;
  for (const [mark, lines] of Object.entries(marks)) filled = putLines(filled, mark, lines);
  return filled.replaceAll('__DRIVER__', name);
}
