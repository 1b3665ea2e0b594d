/**
 * The same work for each, one after the other. For data work: the memory of a task and the sessions that a shared server
 * has left are reckoned for one at a time.
 */
export async function oneByOne<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
