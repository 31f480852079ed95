/**
 * The only methods that this project may call. Kamailio has methods that kill the whole server (`secfilter.print`
 * without a parameter), so a method's name never comes from outside.
 */
export const KAMAILIO_RPC_METHODS = [
  'core.version',
  'htable.get',
  'htable.sets',
  'htable.delete',
  'stats.fetch',
  'ul.dump',
  'ul.lookup',
  'ul.rm',
  'ul.rm_contact',
  'dlg.list',
  'dlg.stats_active',
  'dlg.end_dlg',
  'dlg.terminate_dlg',
  'dispatcher.list',
  'dispatcher.reload',
  'uac.reg_dump',
  'uac.reg_refresh',
  'permissions.addressReload',
  'tm.t_uac_wait',
] as const

export type KamailioRpcMethod = (typeof KAMAILIO_RPC_METHODS)[number]

/** Positional; Kamailio ignores names. A number where it wants text is refused by the server, and the other way round. */
export type KamailioRpcParameter = string | number
