/** The task that data work runs in: the toolbox of one allocation. */
export interface TaskRef {
  readonly allocId: string;
  readonly task: string;
}

/** The files of one detached run: `${NOMAD_ALLOC_DIR}/dbctl/<run>/<step>`. */
export interface RunRef extends TaskRef {
  readonly run: string;
  readonly step: string;
}

/** Below `${NOMAD_ALLOC_DIR}`. */
export const runDir = ({ run, step }: RunRef): string => `dbctl/${run}/${step}`;

/** As the fs API names it: from the allocation's root, the shared folder is `alloc/`. */
export const runFile = (ref: RunRef, name: string): string => `alloc/${runDir(ref)}/${name}`;
