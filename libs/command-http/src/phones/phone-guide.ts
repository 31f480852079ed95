import type { PhoneAccount } from './phone-account.js'

/** One thing to type in, as the device calls it. */
export interface PhoneSetting {
  /** Page or menu of the device. */
  readonly place: string
  readonly name: string
  readonly value: string
}

export interface PhoneFile {
  readonly name: string
  readonly mediaType: string
  readonly text: string
}

/** How one kind of phone is set up. */
export interface PhoneGuide {
  /** What people call the device. */
  readonly title: string
  settings(account: PhoneAccount): readonly PhoneSetting[]
  /** Undefined for a device that reads no file. */
  file?(account: PhoneAccount): PhoneFile
  /** What the device's own scanner reads; undefined when it has none, or what it needs was not given. */
  link?(account: PhoneAccount): string | undefined
  readonly notes: readonly string[]
}

export const settingsAt =
  (place: string) =>
  (pairs: Readonly<Record<string, string | undefined>>): PhoneSetting[] =>
    Object.entries(pairs).flatMap(([name, value]) => (value === undefined ? [] : [{ place, name, value }]))
