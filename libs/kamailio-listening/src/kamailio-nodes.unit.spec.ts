import { describe, expect, it } from '@jest/globals'
import { describeKamailioNode, parseKamailioNodes } from './kamailio-nodes.js'

describe('KAMAILIO_NODES', () => {
  it('names nodes with Redis, stream and RPC', () => {
    const text =
      'sbc1=redis://10.0.0.4:6379/kam:events?rpc=http://10.0.0.4:5060/RPC, sbc2=rediss://u:p@h/ev?rpc=https://x/RPC&database=2'
    expect(parseKamailioNodes(text)).toEqual([
      { name: 'sbc1', redisUrl: 'redis://10.0.0.4:6379/0', stream: 'kam:events', rpcUrl: 'http://10.0.0.4:5060/RPC' },
      { name: 'sbc2', redisUrl: 'rediss://u:p@h/2', stream: 'ev', rpcUrl: 'https://x/RPC' },
    ])
  })

  it.each([
    ['', 'no node'],
    ['redis://:s3cret@h/s?rpc=http://h', 'NAME'],
    ['a=not-a-url-s3cret', 'no URL'],
    ['a=http://:s3cret@h/s?rpc=http://h', 'redis://'],
    ['a=redis://:s3cret@h?rpc=http://h', 'stream'],
    ['a=redis://:s3cret@h/%zz?rpc=http://h', '%'],
    ['a=redis://:s3cret@h/s', '?rpc='],
    ['a=redis://:s3cret@h/s?rpc=ftp://:s3cret@h', 'http://'],
    ['a=redis://:s3cret@h/s?rpc=http://h&x=s3cret', 'unknown setting'],
    ['a=redis://:s3cret@h/s?rpc=http://h,a=redis://h/s?rpc=http://h', 'twice'],
  ])('that is wrong (%s) is told in words, without its password', (text, word) => {
    let message = ''
    try {
      parseKamailioNodes(text)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toContain(word)
    expect(message).not.toContain('s3cret')
  })

  it('is printed without passwords', () => {
    const [node] = parseKamailioNodes('sbc1=redis://u:s3cret@h:1/s?rpc=http://u:s3cret@h:2/RPC')
    expect(describeKamailioNode(node!)).toBe('sbc1 at redis://h:1/s, RPC at http://h:2/RPC')
  })
})
