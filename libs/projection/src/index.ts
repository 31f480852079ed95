export * from './tables/call-tables.js'
export * from './tables/node-tables.js'
export * from './tables/outbox-table.js'
export * from './projection.js'
export { CallsProjection } from './calls/calls.projection.js'
export { RegistrationsProjection } from './nodes/registrations.projection.js'
export { MessagesProjection } from './nodes/messages.projection.js'
export { GatewaysProjection } from './nodes/gateways.projection.js'
export { SwitchesProjection } from './nodes/switches.projection.js'
export { BansProjection } from './nodes/bans.projection.js'
export { AuthenticationFailuresProjection } from './nodes/authentication-failures.projection.js'
export { decodeFact, UnknownFactError } from './fact-codec.js'
export { startProjector } from './projector.js'
export type {
  Projector,
  ProjectorHooks,
  ProjectorOptions,
  ProjectorStatus,
  ProjectionLogger,
  SkippedRecords,
} from './projector-options.js'
export type { PartitionLag } from './lag.js'
export { LogBehindViewsError } from './positions.js'
export { ProjectionOutdatedError, ViewGuard, ViewSwappingError } from './view-guard.js'
export { prepareTables } from './prepare-views.js'
export { backoffMs, pause } from './pause.js'
export { startRelay, type Relay, type RelayOptions, type RelayStatus } from './relay.js'
export { rebuildView, type RebuildOptions, type RebuildProgress, type RebuildResult } from './rebuild.js'
export { replayParked } from './replay-parked.js'
export { countParked } from './parked.js'
export { callRow, conferenceRows, legRows, partyRows, queueRows, recordingRows } from './calls/call-rows.js'
export { VIEWS, SHARED_TABLES, allProjections } from './views.js'
export { startViews, type Views, type ViewsOptions } from './start-views.js'
export { openChannels } from './open-channels.js'
