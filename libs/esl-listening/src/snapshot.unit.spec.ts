import { describe, expect, it } from '@jest/globals'
import type { EslConnection } from '@trunkline/esl'
import { askChannels } from './snapshot.js'

describe('asking a switch about channels that it does not list', () => {
  it('asks by whatever id the channel was given, and by nothing that is no single word', async () => {
    const asked: string[] = []
    const api = (command: string) => {
      asked.push(command)
      return Promise.resolve(command.startsWith('show') ? '{"row_count":0}' : 'false')
    }
    const chosen = ['0ee30bd8-23d3-4bd7-9b9d-cd4f36f6f1a4', 'order-4711', 'lead_12:call.3']
    const others = ['dialog/sbc1/a84b4c76e66710', 'a b', 'a\nexit', '']
    const snapshot = await askChannels({ api } as unknown as EslConnection, () =>
      Promise.resolve([...chosen, ...others]),
    )
    expect(snapshot).toEqual({ channels: [], absent: chosen })
    expect(asked).toHaveLength(1 + chosen.length)
  })
})
