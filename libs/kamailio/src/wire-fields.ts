/**
 * Fields of an event that hold text from the wire. When one of them is no valid UTF-8, Kamailio sends all of them as
 * base64 (`b64: 1`); infra/kamailio keeps the same list.
 */
export const WIRE_FIELDS = [
  'aor',
  'body',
  'callid',
  'contact',
  'credential',
  'ctype',
  'domain',
  'auth',
  'from',
  'from_name',
  'from_tag',
  'fromName',
  'fromTag',
  'instance',
  'reason',
  'ruri',
  'target',
  'to',
  'to_tag',
  'toTag',
  'trunk',
  'ua',
  'uri',
  'user',
] as const
