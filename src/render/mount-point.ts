/** Where the data volume is mounted: from 18 on the official image keeps its data one folder higher. */
export const mountPoint = (major: number): string => (major >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data');
