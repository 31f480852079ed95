import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { createAccess, developmentSecret, issueToken, parseDuration, type TokenRequest } from './index.js'

const secret = 'a secret that is long enough for a test of HS256'
const request: TokenRequest = { role: 'user', tenant: 'A.example', user: 'alice', ttlSeconds: 60 }
const access = createAccess({ secret })
const sign = (claims: Record<string, unknown>, key: Uint8Array = new TextEncoder().encode(secret)) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setIssuer('trunkline').setAudience('trunkline').sign(key)
const inAMinute = () => Math.floor(Date.now() / 1000) + 60

describe('tokens', () => {
  it('speak for the viewer they were issued to, with tenant in lower case and the full user', async () => {
    const viewer = await access.verifyToken(await issueToken(secret, request))
    expect(viewer).toMatchObject({ role: 'user', tenant: 'a.example', user: 'alice@a.example' })
    expect(viewer.expiresAt).toBeGreaterThan(Date.now())
  })

  it('name the login that they come from, and are each another', async () => {
    const token = await issueToken(secret, { ...request, sessionId: 'a-session' })
    expect((await access.verifyToken(token)).session).toBe('a-session')
    expect(await issueToken(secret, { ...request, sessionId: 'a-session' })).not.toBe(token)
    expect(await access.verifyToken(await issueToken(secret, request))).not.toHaveProperty('session')
  })

  it.each([
    ['no token', undefined, 'TOKEN_MISSING'],
    ['something else', 'hello', 'TOKEN_MALFORMED'],
    ['a giant', 'a'.repeat(100_000), 'TOKEN_MALFORMED'],
  ])('%s is refused', async (_name, token, code) => {
    await expect(access.verifyToken(token)).rejects.toMatchObject({ code })
  })

  it('that have expired are refused', async () => {
    const token = await issueToken(secret, { ...request, issuedAt: 1_000_000 })
    await expect(access.verifyToken(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
  })

  it('signed with another secret are refused', async () => {
    const token = await issueToken(`${secret}!`, request)
    await expect(access.verifyToken(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('without algorithm are refused', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { sub: 'root', role: 'admin', tenant: '*', iss: 'trunkline', aud: 'trunkline', exp: inAMinute() }
    const token = `${part({ alg: 'none' })}.${part(claims)}.`
    await expect(access.verifyToken(token)).rejects.toMatchObject({ name: 'AccessError' })
  })

  it.each([
    ['an unknown role', { sub: 'a', role: 'root', tenant: 'a.example' }],
    ['all tenants for an operator', { sub: 'a', role: 'operator', tenant: '*' }],
    ['a user of another domain', { sub: 'a@b.example', role: 'user', tenant: 'a.example' }],
    ['no tenant', { sub: 'a', role: 'user' }],
    ['a control character in the name', { sub: 'a\n', role: 'user', tenant: 'a.example' }],
  ])('with %s are refused', async (_name, claims) => {
    const token = await sign({ ...claims, exp: inAMinute() })
    await expect(access.verifyToken(token)).rejects.toMatchObject({ code: 'CLAIMS_INVALID' })
  })

  it('that never end are refused', async () => {
    const token = await sign({ sub: 'a', role: 'user', tenant: 'a.example' })
    await expect(access.verifyToken(token)).rejects.toMatchObject({ name: 'AccessError' })
  })

  it('are not issued when they could not be accepted', async () => {
    await expect(issueToken(secret, { ...request, tenant: '*' })).rejects.toMatchObject({ code: 'CLAIMS_INVALID' })
    await expect(issueToken('short', request)).rejects.toMatchObject({ code: 'SECRET_TOO_SHORT' })
  })
})

describe('tokens signed by a key set', () => {
  it('are accepted by their public key, and a public key used as HMAC secret is not', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }
    const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const byKeys = createAccess({ jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, secret })
      const claims = { sub: 'a', role: 'analyst', tenant: 'a.example', exp: inAMinute() }
      const good = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setIssuer('trunkline')
        .setAudience('trunkline')
        .sign(privateKey)
      expect(await byKeys.verifyToken(good)).toMatchObject({ role: 'analyst' })
      const confused = await sign(claims, new TextEncoder().encode(await exportSPKI(publicKey)))
      await expect(byKeys.verifyToken(confused)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
      await expect(byKeys.verifyToken(await issueToken(secret, request))).rejects.toMatchObject({
        code: 'TOKEN_INVALID',
      })
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  it('cannot be checked while the key set is away, which may pass', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const away = createAccess({ jwksUrl: 'http://127.0.0.1:9/' })
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(privateKey)
    await expect(away.verifyToken(token)).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE', retryable: true })
  })

  it('or a secret must be configured', () => {
    expect(() => createAccess({})).toThrow(expect.objectContaining({ code: 'NO_KEYS' }))
  })
})

describe('the development secret', () => {
  it('is made once, kept, and readable by its owner only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-access-'))
    try {
      const first = developmentSecret(join(folder, 'data'))
      expect(first.length).toBeGreaterThanOrEqual(32)
      expect(developmentSecret(join(folder, 'data'))).toBe(first)
      expect(statSync(join(folder, 'data', 'jwt-secret')).mode & 0o777).toBe(0o600)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a duration', () => {
  it.each([
    ['90s', 90],
    ['15m', 900],
    ['1h', 3600],
    ['30d', 2_592_000],
    ['0s', undefined],
    ['1w', undefined],
    ['-1h', undefined],
    ['999999d', undefined],
  ])('%s is %s seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds))
})
