/** `npm start`: everything in one process. */
import { runApp } from '@trunkline/runtime'
import { banner } from './banner.js'
import { startStandalone } from './standalone.js'
import { USAGE } from './usage.js'

await runApp({
  name: 'trunkline',
  usage: USAGE,
  start: async (parts) => {
    if (parts.config.simulated) parts.logger.warn('no switch is configured: a SIMULATED switch plays captured calls')
    return banner(await startStandalone(parts), parts.config)
  },
})
