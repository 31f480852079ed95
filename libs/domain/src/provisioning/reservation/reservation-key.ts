/**
 * What can belong to one owner alone. `name`: whatever can be dialled within a tenant (user names, aliases, numbers of
 * rooms, queues and menus) is one space, since a dialled name must lead to one thing. `did`: a telephone number,
 * unique among all tenants. `trunk`: name of a trunk within a tenant.
 */
export const RESERVATION_KINDS = ['name', 'did', 'trunk'] as const
export type ReservationKind = (typeof RESERVATION_KINDS)[number]

export interface ReservationKey {
  /** `*` for a value that is unique among all tenants. */
  readonly tenant: string
  readonly kind: ReservationKind
  /** As {@link reservedValue} gives it. */
  readonly value: string
}

export const ALL_TENANTS = '*'

/**
 * Values that differ in case alone are one: Kamailio's tables compare without regard to case under MySQL's usual
 * collations, and so do people.
 */
export function reservedValue(value: string): string {
  return value.toLowerCase()
}

/** Name of the stream of a reservation: different keys never give the same name, and no part can break out of its place. */
export function reservationStream({ tenant, kind, value }: ReservationKey): string {
  return `reservation-${tenant === ALL_TENANTS ? ALL_TENANTS : escape(tenant)}/${kind}/${escape(value)}`
}

/** Every UTF-16 unit but a-z 0-9 . + _ - becomes ~ and four hexadecimal digits; `*` is thus never the end of a tenant. */
function escape(text: string): string {
  return [...Array(text.length).keys()]
    .map((i) => (/[a-z0-9.+_-]/.test(text[i]!) ? text[i]! : `~${text.charCodeAt(i).toString(16).padStart(4, '0')}`))
    .join('')
}
