import { describe, expect, it } from '@jest/globals'
import { KurrentUrlError, parseKurrentUrl } from './kurrent-url.js'

const query = (url: string) => new URLSearchParams(parseKurrentUrl(url).connectionString.split('?')[1])

describe('the address of a KurrentDB', () => {
  it('is taken apart: hosts, user, password, options', () => {
    const parsed = parseKurrentUrl('kurrentdb://ann:s%40cret%3A%2F@db.example.org:2113?tls=true&defaultDeadline=3000')
    expect(parsed).toMatchObject({
      hosts: 'db.example.org:2113',
      credentials: { username: 'ann', password: 's@cret:/' },
      deadlineMs: 3000,
      masked: 'kurrentdb://***@db.example.org:2113?tls=true&defaultDeadline=3000',
    })
    expect(parsed.connectionString).toMatch(/^kurrentdb:\/\/db\.example\.org:2113\?tls=true&/)
    expect(JSON.stringify(parsed.connectionString)).not.toMatch(/cret|ann/)
  })

  it('has defaults on which both halves of the client agree', () => {
    const options = query('kurrentdb://db')
    expect(options.get('nodePreference')).toBe('leader')
    expect(options.get('discoveryInterval')).toBe('100')
    expect(query('kurrentdb://db?NODEPREFERENCE=follower').get('nodePreference')).toBe('follower')
    expect(parseKurrentUrl('kurrentdb://db')).toMatchObject({ hosts: 'db:2113', credentials: undefined })
    expect(parseKurrentUrl('kurrentdb://db').deadlineMs).toBeUndefined()
  })

  it.each([
    ['kurrentdb://a:1,b:2,c?tls=false', /^kurrentdb:\/\/a:1,b:2,c:2113\?tls=false/],
    ['kurrentdb://u:p@10.0.0.7?tls=false', /^kurrentdb:\/\/10\.0\.0\.7:2113\?tls=false/],
    ['kurrentdb+discover://cluster.example.org', /^kurrentdb\+discover:\/\/cluster\.example\.org:2113\?/],
    ['esdb://db:2113?tls=false', /^kurrentdb:\/\/db:2113\?/],
    ['  kdb://db/?tls=false  ', /^kurrentdb:\/\/db:2113\?tls=false/],
    ['kurrentdb://db?tlsCAFile=/run/a%20b.pem', /tlsCAFile=%2Frun%2Fa%20b\.pem/],
  ])('may be %j', (url, expected) => {
    expect(parseKurrentUrl(url).connectionString).toMatch(expected)
  })

  it.each([
    ['', 'expected kurrentdb://'],
    ['mysql://u:hush@db', 'expected kurrentdb://'],
    ['kurrentdb://', 'not a host'],
    ['kurrentdb://u:hush@', 'not a host'],
    ['kurrentdb://u:hush@db:0', 'not a host with a port: "db:0"'],
    ['kurrentdb://u:hush@db:99999', 'not a host'],
    ['kurrentdb://u:hush@db:21x', 'not a host'],
    ['kurrentdb://u:hush@[::1]:2113', 'not a host'],
    ['kurrentdb://u:hush@a,,b', 'not a host'],
    ['kurrentdb://u:hush@db/path', 'expected kurrentdb://'],
    ['kurrentdb://hush@db', 'expected user:password'],
    ['kurrentdb://:hush@db', 'expected user:password'],
    ['kurrentdb://u:hush:hush@db', 'percent-encoded'],
    ['kurrentdb://u:hush@hush@db', 'percent-encoded'],
    ['kurrentdb://u:hush%zz@db', 'percent-encoded'],
    ['kurrentdb://u:hush@a,10.0.0.7:2113', 'needs a name, not an address: "10.0.0.7:2113"'],
    ['kurrentdb://u:hush@db?tls=yes', 'tls must be true or false'],
    ['kurrentdb://u:hush@db?tls', 'tls must be true or false'],
    ['kurrentdb://u:hush@db?keepAliveInterval=5', 'keepAliveInterval must be a whole number of at least 10000'],
    ['kurrentdb://u:hush@db?maxDiscoverAttempts=1', 'maxDiscoverAttempts must be a whole number of at least 2'],
    ['kurrentdb://u:hush@db?nodePreference=any', 'nodePreference must be leader'],
    ['kurrentdb://u:hush@db?gossipTimeout=5', 'unknown option "gossipTimeout"'],
    ['kurrentdb://u:hush@db?userCertFile=/a', 'go together'],
  ])('is refused when it is %j, without telling the password', (url, reason) => {
    const parse = () => parseKurrentUrl(url)
    expect(parse).toThrow(KurrentUrlError)
    expect(parse).toThrow(reason)
    expect(parse).not.toThrow('hush')
  })
})
