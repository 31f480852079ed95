import { goOn } from './compare-parts.js'
import { asList, type ComparingNode } from './compare-node.js'
import { REGISTRATION_OFF } from './rows-of-trunk.js'
import { readKeys, readPage, type FoundRow } from './table-rows.js'
import { keyOf } from './tables.js'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const FIELDS = ['l_username', 'r_username', 'r_domain', 'auth_username', 'auth_password', 'auth_proxy'] as const

type Listed = Readonly<Record<string, unknown>>

/** Registrations at trunks: each is loaded by itself. Passwords are compared, and told to nobody. */
export async function compareRegistrations({ node, parts, count }: ComparingNode): Promise<void> {
  count.see('uacreg')
  const listed = asList(await node.call('uac.reg_dump')) as Listed[]
  const there = new Map(listed.map((one) => [String(one['l_uuid']), one]))
  const suspects: string[] = []
  for (let after = 0; ;) {
    goOn(parts)
    const condition = { where: '1 = 1', parameters: [] }
    const page = await readPage(parts.database, 'uacreg', { ...condition, after, limit: 500 })
    if (page.length === 0) break
    after = page.at(-1)!.id
    for (const row of page.filter((one) => UUID.test(keyOf(one)))) {
      const one = there.get(keyOf(row))
      there.delete(keyOf(row))
      if (one === undefined || !isSame(row, one)) suspects.push(keyOf(row))
    }
  }
  suspects.push(...[...there.keys()].filter((id) => UUID.test(id)))
  if (suspects.length === 0) return
  await parts.turn.take(async () => {
    const now = new Map(
      (asList(await node.call('uac.reg_dump')) as Listed[]).map((one) => [String(one['l_uuid']), one]),
    )
    const rows = new Map((await readKeys(parts.database, 'uacreg', suspects)).map((row) => [keyOf(row), row]))
    for (const id of suspects) {
      const [row, one] = [rows.get(id), now.get(id)]
      if (row === undefined ? one === undefined : one !== undefined && isSame(row, one)) continue
      count.add('uacreg', row === undefined ? 'surplus' : one === undefined ? 'missing' : 'different')
      await node.call(row === undefined ? 'uac.reg_remove' : 'uac.reg_refresh', [id])
    }
  })
}

function isSame({ cells }: FoundRow, one: Listed): boolean {
  const isOff = (Number(one['flags']) & REGISTRATION_OFF) !== 0
  return FIELDS.every((field) => String(one[field]) === cells[field]) && isOff === (cells['flags'] === REGISTRATION_OFF)
}
