import { ciscoSpa } from './cisco-spa.js'
import { csipsimple } from './csipsimple.js'
import { generic } from './generic.js'
import { groundwire } from './groundwire.js'
import { microsip } from './microsip.js'
import type { PhoneGuide } from './phone-guide.js'
import { yealink } from './yealink.js'

export const PHONE_DEVICES = ['yealink', 'cisco_spa', 'microsip', 'groundwire', 'csipsimple', 'generic'] as const
export type PhoneDevice = (typeof PHONE_DEVICES)[number]

export const PHONE_GUIDES: Readonly<Record<PhoneDevice, PhoneGuide>> = {
  yealink,
  cisco_spa: ciscoSpa,
  microsip,
  groundwire,
  csipsimple,
  generic,
}
