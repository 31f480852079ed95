import { ROUTE_TREE } from './rows-of-routes.js'
import { TRUNK_GROUP, type KamailioRow } from './tables.js'

/** Of rows that a scope finds: a tag may be that of another group, and a prefix that of another tree. */
export function isOurs({ table, cells }: KamailioRow): boolean {
  if (table === 'address') return cells['grp'] === TRUNK_GROUP
  return table !== 'mtree' || cells['tname'] === ROUTE_TREE
}
