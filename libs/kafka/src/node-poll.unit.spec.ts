import { describe, expect, it, jest } from '@jest/globals'
import type { FetchedPartition, FetchRequest, KafkaClient } from './client/kafka-client.js'
import { NodePoll, type Interest } from './node-poll.js'

/** A client whose connections and answers come when the test says so. */
class SlowClient {
  readonly connecting: (() => void)[] = []
  readonly polls: { partitions: number[]; answer(some: FetchedPartition[]): void; fail(): void }[] = []
  interrupted = 0

  async fetch(_node: number, request: FetchRequest): Promise<readonly FetchedPartition[]> {
    await new Promise<void>((resolve) => this.connecting.push(resolve))
    const partitions = request.partitions().map(({ partition }) => partition)
    return new Promise((answer, reject) => {
      this.polls.push({ partitions, answer, fail: () => reject(new Error('interrupted')) })
    })
  }

  interruptPoll(): void {
    this.interrupted += 1
    this.polls.at(-1)?.fail()
  }
}

const turn = async () => {
  for (let times = 0; times < 3; times++) await new Promise((resolve) => setImmediate(resolve))
}

describe('the long poll at a broker', () => {
  const open = () => {
    const client = new SlowClient()
    const trouble = jest.fn()
    const poll = new NodePoll(client as unknown as KafkaClient, 1, trouble)
    const wait = (partition: number) => {
      const place = { topic: 't', partition, deliver: () => true }
      const wake = jest.fn()
      const waiters = new Set([{ offset: 0, wake }])
      const interest: Interest = { place, offset: 0, asked: false, wanted: true, lastWaitMs: 0, waiters }
      poll.ask(interest)
      return wake
    }
    return { client, trouble, wait }
  }

  it('asks for a partition that came while the connection was being made', async () => {
    const { client, trouble, wait } = open()
    wait(0)
    await turn()
    wait(1)
    await turn()
    client.connecting[0]!()
    await turn()
    expect(client.polls.map(({ partitions }) => partitions)).toEqual([[0, 1]])
    expect(trouble).not.toHaveBeenCalled()
  })

  it('is interrupted by one that comes later, also after one that came before the connection', async () => {
    const { client, trouble, wait } = open()
    wait(0)
    await turn()
    wait(1)
    client.connecting[0]!()
    await turn()
    const before = client.interrupted
    wait(2)
    await turn()
    expect(client.interrupted).toBe(before + 1)
    client.connecting[1]!()
    await turn()
    expect(client.polls.at(-1)!.partitions).toEqual([0, 1, 2])
    expect(trouble).not.toHaveBeenCalled()
  })

  it('tells of trouble when it fails by itself', async () => {
    const { client, trouble, wait } = open()
    wait(0)
    await turn()
    client.connecting[0]!()
    await turn()
    client.polls[0]!.fail()
    await turn()
    expect(trouble).toHaveBeenCalledTimes(1)
  })
})
