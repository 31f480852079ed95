/**
 * The only methods that this project may call. Kamailio has methods that kill the whole server (`secfilter.print`
 * without a parameter), so a method's name never comes from outside.
 */
export const KAMAILIO_RPC_METHODS = [
  'core.info',
  'core.uptime',
  'core.version',
  'dialplan.dump',
  'dialplan.reload',
  'dispatcher.list',
  'dispatcher.reload',
  'dlg.end_dlg',
  'dlg.list',
  'dlg.stats_active',
  'dlg.terminate_dlg',
  'htable.delete',
  'htable.dump',
  'htable.get',
  'htable.reload',
  'htable.setex',
  'htable.seti',
  'htable.sets',
  'htable.stats',
  'mtree.match',
  'mtree.reload',
  'mtree.summary',
  'permissions.addressDump',
  'permissions.addressReload',
  'permissions.subnetDump',
  'stats.fetch',
  'tm.t_uac_start',
  'tm.t_uac_wait',
  'uac.reg_dump',
  'uac.reg_refresh',
  'uac.reg_remove',
  'ul.dump',
  'ul.lookup',
  'ul.rm',
  'ul.rm_contact',
] as const

export type KamailioRpcMethod = (typeof KAMAILIO_RPC_METHODS)[number]

/** Positional; Kamailio ignores names. A number where it wants text is refused by the server, and the other way round. */
export type KamailioRpcParameter = string | number
