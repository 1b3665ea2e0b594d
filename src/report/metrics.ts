/** One metric of Prometheus' text format, a gauge. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** The end of `dbctl metrics --json`: what the text says. */
export interface MetricsDocument {
  readonly schema: 'dbctl.metrics/1';
  readonly at: string;
  readonly families: readonly MetricFamily[];
}
