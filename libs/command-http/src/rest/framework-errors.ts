import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from './problem.js'
import { REST_PREFIX } from './rest-prefix.js'

/** For Fastify's option `frameworkErrors`: addresses that cannot be read, whose default answer would repeat them. */
export function frameworkErrors(_error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = new Problem('MALFORMED')
  if (request.raw.url?.startsWith(`${REST_PREFIX}/`)) {
    void reply.status(400).type('application/problem+json').send(JSON.stringify(problem.toBody()))
    return
  }
  void reply
    .status(400)
    .type('application/json')
    .send(JSON.stringify({ error: { message: problem.message, code: 'BAD_USER_INPUT', retryable: false } }))
}
