/** Captured calls that load is made of, and what their records must say. */
export const CAPTURES = 'test/captures/freeswitch'

/** Scenario → disposition. */
export const OUTCOMES: Readonly<Record<string, string>> = {
  'a-ext-ext-caller-hangup': 'answered',
  'b-ext-ext-callee-hangup': 'answered',
  'd-busy-486': 'busy',
  'e-rejected-603': 'rejected',
  'h-outbound-gateway': 'answered',
  'j-inbound-did': 'answered',
}

/** One round of calls: most are answered, as in an office. */
export const ROUND = [
  'a-ext-ext-caller-hangup',
  'h-outbound-gateway',
  'j-inbound-did',
  'b-ext-ext-callee-hangup',
  'd-busy-486',
  'a-ext-ext-caller-hangup',
  'j-inbound-did',
  'b-ext-ext-callee-hangup',
  'h-outbound-gateway',
  'e-rejected-603',
]
