/** The lab: a real Nomad, Vault and shared PostgreSQL with a writing app, on one machine, gone without a trace. */

export { type AppContent, type AppDatabaseStats, type AppStats, appContent, appStats } from './app-client.js';
export { type AppRow, appRows } from './app-rows.js';
export { type AckGap, appOf, auditLedger, compareLedger, type LedgerAudit } from './audit.js';
export type { LabApp, LabHandle, Say } from './handle.js';
export { type LabDownOptions, labDown } from './lab-down.js';
export { type LabSeedOptions, labSeed } from './lab-seed.js';
export { type LabStatus, labStatus, runningLabs } from './lab-status.js';
export { type LabUpOptions, labUp } from './lab-up.js';
export { ALL_SERVICES, type LabService, SERVICES } from './services.js';
