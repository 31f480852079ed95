import { Transform, type Readable } from 'node:stream'
import { bearerToken, type Access, type Role } from '@trunkline/access'
import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify'
import type { Limits } from '../limits/limits.js'

/** Who creates users by the thousand. */
const BULK_ROLES: ReadonlySet<Role> = new Set(['admin', 'operator'])

/** Lets large bodies in from those alone who may send a bulk, before anything of a body is read. */
export function limitBodies(server: FastifyInstance, limits: Limits, access: Access): void {
  server.addHook('preParsing', async (request, _reply, payload) => {
    if (request.method !== 'POST' || request.routeOptions.url !== '/graphql') return payload
    const announced = Number(request.headers['content-length'] ?? Infinity)
    if (announced <= limits.maxBodyBytes || (await mayBulk(request, access))) return payload
    if (announced < Infinity) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE()
    return atMost(limits.maxBodyBytes, payload as Readable)
  })
}

async function mayBulk({ headers }: FastifyRequest, access: Access): Promise<boolean> {
  try {
    return BULK_ROLES.has((await access.verifyToken(bearerToken(headers.authorization))).role)
  } catch {
    return false
  }
}

/** The same bytes; an error when there are more than `most`. */
function atMost(most: number, source: Readable): Readable {
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > most) done(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE())
      else done(null, chunk)
    },
  })
  source.on('error', (error) => counted.destroy(error))
  return source.pipe(counted)
}
