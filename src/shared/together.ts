type Results<T extends readonly unknown[]> = { -readonly [K in keyof T]: Awaited<T[K]> };

/**
 * Like Promise.all, but ends only when all of the work has ended: an undo must never run beside the branch that it
 * undoes. Rejects with the first branch's error, in the order given.
 */
export async function together<T extends readonly unknown[] | []>(work: T): Promise<Results<T>> {
  const settled = await Promise.allSettled(work);
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
  return settled.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as Results<T>;
}
