import * as s from '../../schema/schema.js'
import { targetSchema } from '../core/target.js'

const trunkShare = s.named(
  'TrunkShare',
  s.object({
    trunkId: s.string(),
    priority: s.integer('0 is tried first; the next one when all trunks of it failed'),
    weight: s.integer('percent of the calls among the trunks of one priority; adds up to 100'),
  }),
)
export type TrunkShare = s.Static<typeof trunkShare>

/** A dialled name that fits a pattern leads to FreeSWITCH as it was dialled, or to a target. */
const aliasRule = s.named(
  'AliasRule',
  s.object({
    kind: s.oneOf(['alias']),
    id: s.string(),
    pattern: s.string('name pattern, such as care4w-[0-9]{7}'),
    target: s.either(s.object({ kind: s.oneOf(['freeswitch']) }), targetSchema),
  }),
)
export type AliasRule = s.Static<typeof aliasRule>

/** A dialled name that is a user or an alias of the tenant rings all contacts of that user. */
const localRule = s.named('LocalRule', s.object({ kind: s.oneOf(['local']), id: s.string() }))

/** A dialled number that begins with a prefix leaves through trunks. */
const externalRule = s.named(
  'ExternalRule',
  s.object({
    kind: s.oneOf(['external']),
    id: s.string(),
    prefix: s.string('digits, with or without +; empty for every number'),
    priority: s.integer('among rules of one prefix: 0 first, as when it costs least'),
    strip: s.integer('characters taken off the front before it is sent'),
    prepend: s.string('digits put before what is left'),
    trunks: s.array(trunkShare),
  }),
)
export type ExternalRule = s.Static<typeof externalRule>

export const routeRuleSchema = s.named('RouteRule', s.either(aliasRule, s.either(localRule, externalRule)))
export type RouteRule = s.Static<typeof routeRuleSchema>

export { trunkShare as trunkShareSchema }
