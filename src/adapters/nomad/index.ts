import type { Clock } from '../../ports/clock.js';
import type { NomadPort } from '../../ports/nomad.js';
import { systemClock } from '../clock.js';
import { allocsAdapter } from './allocs.js';
import { clusterAdapter } from './cluster.js';
import type { NomadConfig } from './config.js';
import { nomadHttp } from './http.js';
import { jobsAdapter } from './jobs.js';
import { variablesAdapter } from './variables.js';

export type { NomadConfig } from './config.js';

export function nomadAdapter(config: NomadConfig, clock: Clock = systemClock()): NomadPort {
  const http = nomadHttp(config);
  return { ...jobsAdapter(http), ...allocsAdapter(http), ...clusterAdapter(http, clock), ...variablesAdapter(http) };
}
