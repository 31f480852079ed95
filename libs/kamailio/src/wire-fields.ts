/**
 * Fields of an event that hold text from the wire. When one of them is no valid UTF-8, Kamailio sends all of them as
 * base64 (`b64: 1`). The route EVENT_BASE64 of infra/kamailio/events.cfg has the same list; a test compares them.
 */
export const WIRE_FIELDS = [
  'aor',
  'contact',
  'instance',
  'ua',
  'callid',
  'user',
  'domain',
  'credential',
  'method',
  'from',
  'fromName',
  'fromTag',
  'to',
  'toTag',
  'auth',
  'target',
  'trunk',
  'reason',
  'ctype',
  'body',
  'uri',
] as const
