/** The end of `dbctl logs`. Lines as the task wrote them, oldest first. */
export interface LogsReport {
  readonly schema: 'dbctl.logs/1';
  readonly service: string;
  readonly job: string;
  readonly allocation: string;
  readonly task: string;
  readonly streams: readonly { readonly stream: 'stdout' | 'stderr'; readonly lines: readonly string[] }[];
}
