import { describe, expect, it } from '@jest/globals'
import { parseKafkaBrokers } from './kafka-brokers.js'

describe('KAFKA_BROKERS', () => {
  it('is a list of hosts and ports', () => {
    expect(parseKafkaBrokers('one:9092, two:9093,three')).toEqual({ brokers: ['one:9092', 'two:9093', 'three:9092'] })
    expect(parseKafkaBrokers('[2001:db8::1]:9092')).toEqual({ brokers: ['[2001:db8::1]:9092'] })
    expect(parseKafkaBrokers('kafka://one:9092')).toEqual({ brokers: ['one:9092'] })
  })

  it('can say who we are, and that the connection is encrypted', () => {
    expect(parseKafkaBrokers('kafka://us%40er:p%3Ass@one:9092,two:9092?ssl=true&mechanism=scram-sha-256')).toEqual({
      brokers: ['one:9092', 'two:9092'],
      tls: {},
      sasl: { mechanism: 'scram-sha-256', username: 'us@er', password: 'p:ss' },
    })
    expect(parseKafkaBrokers('kafka://a:b@one/').sasl?.mechanism).toBe('scram-sha-512')
  })

  it.each([
    '',
    'one:0',
    'one:99999',
    'one:port',
    'one,,two',
    'http://one:9092',
    'kafka://user@one',
    'kafka://user:hush@one?ssl=maybe',
    'kafka://user:hush@one?mechanism=md5',
    'kafka://user:hush@one?tls=true',
    'kafka://user:hush%@one',
  ])('is refused when it is wrong, without telling the password: %s', (text) => {
    let message = ''
    try {
      parseKafkaBrokers(text)
    } catch (error) {
      message = String(error)
    }
    expect(message).toContain('TypeError')
    expect(message).not.toContain('hush')
  })
})
