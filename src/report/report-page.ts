/** The page of `dbctl report` as its template wants it: texts and coordinates, all decided. Texts are raw; the template escapes. */

export type Tone = 'ok' | 'warn' | 'fail' | 'none';

export interface Told {
  readonly text: string;
  readonly tone: Tone;
}

export interface PageService {
  readonly name: string;
  readonly state: Told;
  readonly where: string;
  readonly version: string;
  readonly size: string;
  /** Per cent of the largest. */
  readonly sizeShare: number;
  readonly sessions: string;
  readonly backup: Told;
  /** Per cent of a scale that both fit into. */
  readonly ageShare: number;
  readonly targetShare: number;
  readonly target: string;
  readonly drill: Told;
}

/** In the coordinates of its picture. */
export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  readonly tone: Tone;
  readonly title: string;
}

export interface PagePlot {
  readonly name: string;
  readonly summary: string;
  /** `x,y x,y`; empty for a single drill. */
  readonly line: string;
  readonly points: readonly PlotPoint[];
  readonly high: string;
  readonly from: string;
  readonly to: string;
}

export interface PageFinding {
  readonly level: Told;
  readonly code: string;
  readonly service: string;
  readonly text: string;
  /** Empty when nothing is to be done. */
  readonly next: string;
}

export interface PageRun {
  readonly title: string;
  readonly status: Told;
  readonly summary: string;
  readonly databases: readonly {
    readonly name: string;
    readonly equal: Told;
    readonly summary: string;
    readonly tables: readonly {
      readonly name: string;
      readonly rows: string;
      readonly digest: string;
      readonly equal: Told;
    }[];
    readonly differences: readonly string[];
  }[];
}

export interface ReportPage {
  readonly at: string;
  readonly tiles: readonly { readonly label: string; readonly value: string; readonly tone: Tone }[];
  readonly services: readonly PageService[];
  readonly shared: { readonly title: string; readonly text: string; readonly tone: Tone };
  readonly databases: readonly {
    readonly name: string;
    readonly kind: Told;
    readonly size: string;
    readonly sessions: string;
  }[];
  readonly findings: readonly PageFinding[];
  readonly plots: readonly PagePlot[];
  readonly runs: readonly PageRun[];
  readonly unreadable: readonly string[];
}
