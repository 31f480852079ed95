import { describe, expect, it } from '@jest/globals'
import { BadMysqlUrlError, parseMysqlUrl } from './mysql-url.js'

describe('MYSQL_URL', () => {
  it('names user, password, host, port and database', () => {
    expect(parseMysqlUrl('mysql://ann:secret@db.example:3307/views')).toEqual({
      host: 'db.example',
      port: 3307,
      user: 'ann',
      password: 'secret',
      database: 'views',
    })
  })

  it('has a port and a scheme to choose from', () => {
    expect(parseMysqlUrl('mariadb://ann@db/views')).toMatchObject({ port: 3306, user: 'ann', password: '' })
  })

  it.each(['p@ss/word', '100%', 'a:b?c#d', 'é ü', "'; --", '%41'])(
    'takes the password %s percent-encoded',
    (password) => {
      const url = `mysql://${encodeURIComponent('a@b')}:${encodeURIComponent(password)}@db/views`
      expect(parseMysqlUrl(url)).toMatchObject({ user: 'a@b', password })
    },
  )

  it('takes an address of IPv6', () => {
    expect(parseMysqlUrl('mysql://a:b@[2001:db8::1]:3306/views')).toMatchObject({ host: '2001:db8::1' })
  })

  it('takes a database with characters that are percent-encoded', () => {
    expect(parseMysqlUrl('mysql://a:b@db/the%20views')).toMatchObject({ database: 'the views' })
  })

  it('asks for TLS only when told to, and with a trusted certificate unless told otherwise', () => {
    expect(parseMysqlUrl('mysql://a:b@db/views')).not.toHaveProperty('ssl')
    expect(parseMysqlUrl('mysql://a:b@db/views?ssl=false')).not.toHaveProperty('ssl')
    const named = { rejectUnauthorized: true, verifyIdentity: true }
    expect(parseMysqlUrl('mysql://a:b@db/views?ssl=true').ssl).toEqual(named)
    const unnamed = { rejectUnauthorized: true, verifyIdentity: false }
    for (const host of ['10.0.0.5', '[::1]'])
      expect(parseMysqlUrl(`mysql://a:b@${host}/views?ssl=true`).ssl).toEqual(unnamed)
    expect(parseMysqlUrl('mysql://a:b@db/views?ssl=insecure').ssl).toEqual({ rejectUnauthorized: false })
  })

  it.each([
    'nothing',
    'http://ann:hushhush@db/views',
    'mysql://ann:hushhush@db',
    'mysql://ann:hushhush@db/',
    'mysql://ann:hushhush@db/a/b',
    `mysql://ann:hushhush@db/${'x'.repeat(65)}`,
    'mysql://ann:hushhush@db:hushhush/views',
    'mysql://ann:hushhush%zz@db/views',
    'mysql://ann:hushhush@db/views?ssl=maybe',
    'mysql:///views',
  ])('is refused when it is %s, in words that do not tell the password', (url) => {
    const error = caught(() => parseMysqlUrl(url))
    expect(error).toBeInstanceOf(BadMysqlUrlError)
    expect(error).toMatchObject({ code: 'BAD_MYSQL_URL', retryable: false })
    expect(String((error as Error).stack) + JSON.stringify(error)).not.toContain('hushhush@')
    expect((error as Error).message).not.toContain('hush')
  })
})

function caught(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
