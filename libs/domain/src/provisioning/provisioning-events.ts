import { blockedCallerEventDeclarations } from './blocked-caller/blocked-caller.events.js'
import { callQueueEventDeclarations } from './call-queue/call-queue.events.js'
import { conferenceRoomEventDeclarations } from './conference-room/conference-room.events.js'
import type { EventFrom } from './core/domain-event.js'
import { ivrMenuEventDeclarations } from './ivr-menu/ivr-menu.events.js'
import { numberEventDeclarations } from './number/number.events.js'
import { routeSetEventDeclarations } from './route-set/route-set.events.js'
import { sipUserEventDeclarations } from './sip-user/sip-user.events.js'
import { trunkEventDeclarations } from './trunk/trunk.events.js'

/** Every event of `trunkline.provisioning`. Reservations are not among them: they are the write side's own. */
export const provisioningEventDeclarations = [
  ...sipUserEventDeclarations,
  ...trunkEventDeclarations,
  ...numberEventDeclarations,
  ...routeSetEventDeclarations,
  ...blockedCallerEventDeclarations,
  ...conferenceRoomEventDeclarations,
  ...callQueueEventDeclarations,
  ...ivrMenuEventDeclarations,
] as const

export type ProvisioningEvent = EventFrom<(typeof provisioningEventDeclarations)[number]>
