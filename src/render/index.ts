export { type AppHints, BY_FLAG, choosePreset } from './adopt/choose-presets.js';
export { type ClosedTemplate, closedTemplates } from './adopt/closed-templates.js';
export type { SeenAddress } from './adopt/database-address.js';
export { addressPiece, isFetched, isPostgresUrl } from './adopt/database-address.js';
export {
  type Engine,
  engineWord,
  isForMysqlOnly,
  otherEngines,
  type SeenServer,
  seenServers,
} from './adopt/engines.js';
export { unclearHosts } from './adopt/infer-preset.js';
export {
  type HiddenSettings,
  hiddenSettings,
  type Mention,
  mentionsOfPostgres,
  upstreamLines,
} from './adopt/mentions.js';
export { readJob } from './adopt/read-job.js';
export { fits, type SeenClient, type SeenName, seenClient } from './adopt/seen-client.js';
export type { SeenSetting } from './adopt/seen-settings.js';
export { seenSettings } from './adopt/seen-settings.js';
export { isOwnServer } from './adopt/servers-asked.js';
export { taskBlock, vaultRole } from './adopt/task-block.js';
export { type Origin, originText } from './adopt/value-origin.js';
export { type AppJob, presetForNewApp, renderAppJob } from './app-job.js';
export { renderDatabasePart, renderNetwork, renderPort } from './database-part.js';
export { type DrillJob, renderDrillJob } from './drill-job.js';
export { jobIdOf } from './job-id.js';
export { appAddress } from './listens-on.js';
export { renderLookJob } from './look-job.js';
export { mountPoint } from './mount-point.js';
export { type OwnJob, renderOwnJob } from './own-job.js';
export { type PartScripts, renderScripts } from './part-scripts.js';
export { type Rights, renderPolicies, type Workload } from './policies.js';
export {
  appNames,
  PRESETS,
  type Preset,
  type PresetKey,
  presetById,
  presetForImage,
  presetNamed,
  presetOfKeys,
  presetsOf,
  type Repoint,
  type SettingForm,
  type SettingRole,
} from './presets.js';
export { type RehearsalJob, renderRehearsalJob } from './rehearsal-job.js';
export { renderRescueJob } from './rescue-job.js';
export { renderSeekJob, type SeekJob } from './seek-job.js';
export { renderSharedBackupJob, type SharedBackup } from './shared-backup-job.js';
export { addServiceToInit } from './splice/add-to-init.js';
export { type Address, type AddressText, addressText } from './splice/address.js';
export { configSettings } from './splice/config-lines.js';
export { connectionSpans, connectionText } from './splice/connection-spans.js';
export { type HclFile, lineOf } from './splice/hcl-file.js';
export { type Hcl, loadHcl } from './splice/load-hcl.js';
export { findRegions } from './splice/marks.js';
export { type PointOptions, pointApp } from './splice/point-app.js';
export { removeServiceFromInit, type ServiceNames } from './splice/shared-init.js';
export { linesNamingShared, type SharedNames } from './splice/shared-names.js';
export { type Spliced, type SpliceOptions, spliceDatabase } from './splice/splice-database.js';
export { type RepointBack, spliceRepoint } from './splice/splice-repoint.js';
export { unsplice } from './splice/unsplice.js';
export { renderToolsJob, type ToolsJob } from './tools-job.js';
export { changedLines, unifiedDiff } from './unified-diff.js';
