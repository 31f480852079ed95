import type { Fault } from '../fault.js'
import { KILLS } from './kills.js'

/** All of them, in the order in which they are made. */
export const FAULTS: readonly Fault[] = [...KILLS]
