import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyOptions } from 'jose'
import { AccessError } from './access-error.js'
import { AUDIENCE, ISSUER, viewerFromClaims } from './claims.js'
import { secretKey } from './secret-key.js'
import type { Viewer } from './viewer.js'

/** Checks tokens. */
export interface Access {
  /** Resolves with who the token speaks for; rejects with {@link AccessError}, never with anything else. */
  verifyToken(token: string | undefined): Promise<Viewer>
}

export interface AccessConfig {
  /** HS256 secret, at least 32 bytes. */
  readonly secret?: string | undefined
  /** Address of a JSON Web Key Set; when given, only its public keys count and the secret is not used. */
  readonly jwksUrl?: string | undefined
}

const PUBLIC_KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
const CHECKS: JWTVerifyOptions = {
  issuer: ISSUER,
  audience: AUDIENCE,
  clockTolerance: 5,
  requiredClaims: ['sub', 'role', 'tenant', 'exp'],
}
/** Longer text is no token of ours; refused before any decoding. */
const MAXIMUM_LENGTH = 8192

/**
 * A checker for one kind of key. The kind decides which algorithms may appear in a token, so a public key
 * can never be used as an HMAC secret (RFC 8725, 2.1). Throws `NO_KEYS` or `SECRET_TOO_SHORT`.
 */
export function createAccess(config: AccessConfig): Access {
  const verify = verifier(config)
  return {
    async verifyToken(token) {
      if (token === undefined || token === '') throw new AccessError('TOKEN_MISSING')
      if (token.length > MAXIMUM_LENGTH) throw new AccessError('TOKEN_MALFORMED')
      let payload: unknown
      try {
        payload = await verify(token)
      } catch (error) {
        throw asAccessError(error)
      }
      return viewerFromClaims(payload)
    },
  }
}

function verifier(config: AccessConfig): (token: string) => Promise<unknown> {
  if (config.jwksUrl !== undefined) {
    const keys = createRemoteJWKSet(new URL(config.jwksUrl), { timeoutDuration: 5000, cooldownDuration: 10_000 })
    const options = { ...CHECKS, algorithms: PUBLIC_KEY_ALGORITHMS }
    return async (token) => (await jwtVerify(token, keys, options)).payload
  }
  if (config.secret === undefined) throw new AccessError('NO_KEYS')
  const key = secretKey(config.secret)
  const options = { ...CHECKS, algorithms: ['HS256'] }
  return async (token) => (await jwtVerify(token, key, options)).payload
}

function asAccessError(error: unknown): AccessError {
  const cause = { cause: error }
  if (error instanceof AccessError) return error
  if (error instanceof errors.JWTExpired) return new AccessError('TOKEN_EXPIRED', cause)
  if (error instanceof errors.JWTClaimValidationFailed) return new AccessError(claimFault(error.claim), cause)
  if (error instanceof errors.JWKSNoMatchingKey) return new AccessError('TOKEN_INVALID', cause)
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) {
    return new AccessError('KEYS_UNAVAILABLE', cause)
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid)
    return new AccessError('TOKEN_MALFORMED', cause)
  // The key set answers with plain errors (connection refused, not 200) when its server is away.
  if (error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC')
    return new AccessError('TOKEN_INVALID', cause)
  return new AccessError('KEYS_UNAVAILABLE', cause)
}

function claimFault(claim: string): 'TOKEN_EXPIRED' | 'TOKEN_INVALID' | 'CLAIMS_INVALID' {
  if (claim === 'exp' || claim === 'nbf' || claim === 'iat') return 'TOKEN_EXPIRED'
  return claim === 'iss' || claim === 'aud' ? 'TOKEN_INVALID' : 'CLAIMS_INVALID'
}
