import { SwitchEvent } from './switch-event.js'

export interface OwnEventOrigin {
  readonly coreUuid: string
  readonly hostname: string
  readonly switchname: string
  nextSequence(): number
}

/** Builds an event of the simulated switch itself (heartbeat, background job, registration), stamped with now. */
export function ownEvent(
  name: string,
  extra: Readonly<Record<string, string>>,
  origin: OwnEventOrigin,
  subclass?: string,
): SwitchEvent {
  const now = new Date()
  const headers = {
    ...(subclass === undefined ? {} : { 'Event-Subclass': subclass }),
    'Event-Name': name,
    'Core-UUID': origin.coreUuid,
    'FreeSWITCH-Hostname': origin.hostname,
    'FreeSWITCH-Switchname': origin.switchname,
    'FreeSWITCH-IPv4': '192.0.2.2',
    'FreeSWITCH-IPv6': 'fd00::2',
    'Event-Date-Local': now.toISOString().slice(0, 19).replace('T', ' '),
    'Event-Date-GMT': now.toUTCString(),
    'Event-Date-Timestamp': String(now.getTime() * 1000),
    'Event-Calling-File': 'simulated-switch',
    'Event-Calling-Function': 'own_event',
    'Event-Calling-Line-Number': '1',
    'Event-Sequence': String(origin.nextSequence()),
    ...extra,
  }
  return SwitchEvent.of(Buffer.from(JSON.stringify(headers), 'utf8'))
}
