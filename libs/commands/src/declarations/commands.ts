import type { CommandDeclaration } from '../command.js'
import * as callQueues from './call-queues.js'
import * as callers from './callers.js'
import * as conferenceRooms from './conference-rooms.js'
import * as ivrMenus from './ivr-menus.js'
import * as numbers from './numbers.js'
import * as routes from './routes.js'
import * as sipUsers from './sip-users.js'
import * as trunks from './trunks.js'

const isDeclaration = (value: object): value is CommandDeclaration => 'path' in value && 'input' in value

/** Every command of the API, group by group, in the order of the names within a group. */
export const COMMANDS: readonly CommandDeclaration[] = [
  sipUsers,
  trunks,
  numbers,
  callers,
  routes,
  conferenceRooms,
  callQueues,
  ivrMenus,
].flatMap((group) => Object.values(group).filter(isDeclaration))

const byName = new Map(COMMANDS.map((declaration) => [declaration.name, declaration]))

export function findCommand(name: string): CommandDeclaration | undefined {
  return byName.get(name)
}
