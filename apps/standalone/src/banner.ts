import type { Config } from '@trunkline/runtime'
import type { Standalone } from './standalone.js'

/** What a person sees at start. */
export function banner({ url, sources, simulated, takesCommands, adminToken }: Standalone, config: Config): string {
  const lines = [
    '',
    `Trunkline is running (${config.mode} mode), data in ${config.dataDir}`,
    `  GraphQL   ${url}/graphql (subscriptions: ${url.replace('http', 'ws')}/graphql, graphql-transport-ws)`,
    `  REST      ${url}/v1 (described at ${url}/v1/openapi.json)${takesCommands ? '' : ': commands are refused, VAULT_KEY is not set'}`,
    `  health    ${url}/health/live, ${url}/health/ready    metrics ${url}/metrics`,
    ...sources.map((source) => `  hears     ${source}`),
  ]
  if (simulated) {
    lines.push(
      '',
      '  SIMULATED: no switch is configured, so captured calls are played. Set ESL_SWITCHES to hear your own.',
    )
  }
  if (adminToken !== undefined) {
    lines.push('', '  Admin token for 12 hours (printed in development mode only):', `  ${adminToken}`)
  }
  return [...lines, '', ''].join('\n')
}
