import { appData, AppData } from './xml/app-data.js'

/** Global variables of the switch (infra/freeswitch/conf/vars.xml), which it puts in when it reads an answer. */
export const RECORDINGS_DIR = new AppData('$${recordings_dir}')
export const HOLD_MUSIC = new AppData('$${hold_music}')
export const SOUND_PREFIX = new AppData('$${sound_prefix}')
const PROXY = new AppData('sip:$${kamailio_address}:5060')

/** Profile on which users' calls come and go by Kamailio. */
export const USERS_PROFILE = 'kamailio'
/** Profile on which providers' calls come and go. */
export const TRUNKS_PROFILE = 'trunks'

/**
 * Variables of a new leg: the domain that it is called from, and whose it is. Without the latter, whoever is called could
 * not be transferred to anybody.
 */
export const ofTenant = (tenant: string) => appData`sip_invite_domain=${tenant},trunkline_tenant=${tenant}`

/** Dial string to a name of a tenant: Kamailio knows the contacts of users and the trunks of numbers. */
export function throughKamailio(tenant: string, name: string): AppData {
  return appData`[${ofTenant(tenant)}]sofia/${USERS_PROFILE}/${name}@${tenant};fs_path=${PROXY}`
}

/** Phones of a user that are registered at FreeSWITCH itself: a dial string to all of them, else `error/…`. */
export function phonesHere(tenant: string, username: string): AppData {
  return appData`\${sofia_contact(*/${username}@${tenant})}`
}

/**
 * Dial string to the phones of a user that are here, or else to those that Kamailio knows. `options` are variables of
 * all new legs, each with a comma after it.
 */
export function toPhones(tenant: string, username: string, options: AppData): AppData {
  const here = appData`{${options}${ofTenant(tenant)}}${phonesHere(tenant, username)}`
  return appData`${here}|${throughKamailio(tenant, username)}`
}
