import type { Thing } from '@trunkline/provisioning-views'
import { asksForPin, LOCKED_ROOMS, OPEN_ROOMS } from '../dialplan/to-room.js'
import { HOLD_MUSIC, RECORDINGS_DIR, SOUND_PREFIX } from '../globals.js'
import { fromHyphenName } from '../names.js'
import type { Answering } from '../parts.js'
import { fieldOf, type XmlCurlFields } from '../request.js'
import { AppData, appData } from '../xml/app-data.js'
import { element, params, type Element } from '../xml/element.js'

const CONTROLS = { mute: '0', 'energy up': '9', 'energy dn': '7', 'vol talk up': '3', 'vol talk dn': '1', hangup: '#' }

/** Nobody can dial letters: what stands in for a PIN that is not there keeps the room shut. */
const NO_PIN = 'closed'
/** In a room that only moderators have a PIN for, everybody is asked for one; this one makes a member. */
const PIN_OF_MEMBERS = '0'

/**
 * Profile and controls of one room, for whoever enters it. Asked without the name of a room of ours, we say nothing, so
 * conferences of the static dialplan go on.
 */
export async function conferenceConf(parts: Answering, fields: XmlCurlFields): Promise<readonly Element[] | undefined> {
  const named = fromHyphenName(fieldOf(fields, 'conference_name', 'Conf-Name'))
  const room = named === undefined ? undefined : await parts.things.byName(named.tenant, named.number)
  if (room?.kind !== 'conference_room' || room.status !== 'active') return undefined
  const profile = await profileElement(parts, room)
  return [controlsElement(), element('profiles', {}, [profile])]
}

function controlsElement(): Element {
  const controls = Object.entries(CONTROLS).map(([action, digits]) => element('control', { action, digits }))
  return element('caller-controls', {}, [element('group', { name: 'default' }, controls)])
}

async function profileElement(parts: Answering, room: Thing<'conference_room'>): Promise<Element> {
  const { tenant, document } = room
  const { maxMembers, recording, waitForModerator } = document.settings
  const time = new AppData('${strftime(%Y%m%d-%H%M%S)}')
  const file = appData`${RECORDINGS_DIR}/room-${document.number}-${tenant}-${time}.wav`
  const pins = asksForPin(room) ? await pinsOf(parts, room) : {}
  return element(
    'profile',
    { name: asksForPin(room) ? LOCKED_ROOMS : OPEN_ROOMS },
    params({
      domain: tenant,
      rate: 16_000,
      interval: 20,
      'energy-level': 100,
      'comfort-noise': true,
      'caller-controls': 'default',
      'sound-prefix': SOUND_PREFIX,
      'moh-sound': HOLD_MUSIC,
      'max-members': maxMembers,
      'conference-flags': waitForModerator ? 'wait-mod' : undefined,
      'auto-record': recording === 'always' ? file : undefined,
      ...pins,
    }),
  )
}

async function pinsOf(
  { vault }: Answering,
  { document: { settings } }: Thing<'conference_room'>,
): Promise<{ pin: string; 'moderator-pin': string | undefined; 'pin-retries': number }> {
  const { pinSecretId, moderatorPinSecretId } = settings
  const ids = [pinSecretId, moderatorPinSecretId].filter((id) => id !== null)
  const secrets = await vault.secrets('pin', ids)
  const secret = (id: string) => {
    const text = secrets.get(id) ?? ''
    return /^[0-9]+$/.test(text) ? text : NO_PIN
  }
  return {
    pin: pinSecretId === null ? PIN_OF_MEMBERS : secret(pinSecretId),
    'moderator-pin': moderatorPinSecretId === null ? undefined : secret(moderatorPinSecretId),
    'pin-retries': 3,
  }
}
