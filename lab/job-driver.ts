/** What differs between the lab's drivers: the word, and lines of a task's `config` block. */
export interface JobDriver {
  readonly name: 'exec' | 'docker';
  /** Lines for tasks that run an app of the lab, such as `image = "…"`; none for a driver without images. */
  readonly appImage: readonly string[];
  /** Lines for tasks that run PostgreSQL's programs. */
  readonly postgresImage: readonly string[];
}

export const EXEC_DRIVER: JobDriver = { name: 'exec', appImage: [], postgresImage: [] };

/** A mark on a line of its own becomes as many lines, indented alike; with none it goes together with its line. */
function putLines(text: string, mark: string, lines: readonly string[]): string {
  const put = (_whole: string, indent: string): string => lines.map((line) => `${indent}${line}\n`).join('');
  return text.replace(new RegExp(`^([ \\t]*)${mark}\\n`, 'gm'), put);
}

/** The same operator's text for one driver: `__DRIVER__`, `__APP_IMAGE__` and `__POSTGRES_IMAGE__` are filled. */
export function forDriver(text: string, driver: JobDriver): string {
  const withApp = putLines(text, '__APP_IMAGE__', driver.appImage);
  return putLines(withApp, '__POSTGRES_IMAGE__', driver.postgresImage).replaceAll('__DRIVER__', driver.name);
}
