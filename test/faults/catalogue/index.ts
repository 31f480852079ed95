import type { Fault } from '../fault.js'
import { API } from './api.js'
import { CLOCK } from './clock.js'
import { DELIVERIES } from './deliveries.js'
import { DISK } from './disk.js'
import { KILLS } from './kills.js'
import { NETWORK } from './network.js'

/** All of them, in the order in which they are made. */
export const FAULTS: readonly Fault[] = [...KILLS, ...API, ...NETWORK, ...DISK, ...DELIVERIES, ...CLOCK]
