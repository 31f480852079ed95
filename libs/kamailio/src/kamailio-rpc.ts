import { request } from 'undici'
import { KamailioRpcError } from './kamailio-rpc-error.js'
import { KAMAILIO_RPC_METHODS, type KamailioRpcMethod, type KamailioRpcParameter } from './rpc-methods.js'

export interface KamailioRpcOptions {
  /** `http://host:port/RPC`; user and password in it are sent as Basic authorisation. */
  readonly url: string
  /** For one call as a whole, ms. Kamailio does not answer at all when it lacks the memory for a reply. */
  readonly timeoutMs?: number
}

const METHODS: ReadonlySet<string> = new Set(KAMAILIO_RPC_METHODS)
/** Kamailio drops the connection on a request of 70 kB. */
const LONGEST_REQUEST = 32_768
const LONGEST_REPLY = 64 * 1024 * 1024

/** JSON-RPC over HTTP to one Kamailio (modules xhttp and jsonrpcs). */
export class KamailioRpc {
  private readonly address: string
  private readonly authorisation: string | undefined
  private readonly timeoutMs: number
  private lastId = 0

  constructor(options: KamailioRpcOptions) {
    const url = new URL(options.url)
    if (url.username !== '') {
      const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
      this.authorisation = `Basic ${Buffer.from(pair).toString('base64')}`
      url.username = ''
      url.password = ''
    }
    this.address = url.href
    this.timeoutMs = options.timeoutMs ?? 5000
  }

  /** Gives the member `result` of the reply. Throws {@link KamailioRpcError}. */
  async call(method: KamailioRpcMethod, parameters: readonly KamailioRpcParameter[] = []): Promise<unknown> {
    if (!METHODS.has(method)) throw new KamailioRpcError('KAMAILIO_BAD_CALL', 'this method is not on the list')
    for (const parameter of parameters) checkParameter(parameter)
    const id = ++this.lastId
    const body = JSON.stringify({ jsonrpc: '2.0', method, params: parameters, id })
    if (Buffer.byteLength(body) > LONGEST_REQUEST) throw new KamailioRpcError('KAMAILIO_BAD_CALL', 'call is too long')
    const { status, text } = await this.post(method, body)
    return resultOf({ method, id, status, text })
  }

  private async post(method: string, body: string): Promise<{ status: number; text: string }> {
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (this.authorisation !== undefined) headers['authorization'] = this.authorisation
    try {
      const signal = AbortSignal.timeout(this.timeoutMs)
      const reply = await request(this.address, { method: 'POST', headers, body, signal })
      return { status: reply.statusCode, text: await readBounded(reply.body) }
    } catch (error) {
      if (error instanceof KamailioRpcError) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new KamailioRpcError('KAMAILIO_UNREACHABLE', `${method}: ${reason}`)
    }
  }
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > LONGEST_REPLY)
      throw new KamailioRpcError('KAMAILIO_REFUSED', `reply is longer than ${LONGEST_REPLY} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Some parameters become header lines of a SIP request as they are: a line break inside would start another header. */
function checkParameter(parameter: KamailioRpcParameter): void {
  if (typeof parameter === 'number') {
    if (Number.isSafeInteger(parameter)) return
    throw new KamailioRpcError('KAMAILIO_BAD_CALL', 'a number must be a safe integer')
  }
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(parameter)) {
    throw new KamailioRpcError('KAMAILIO_BAD_CALL', 'a parameter must not hold control characters')
  }
}

/** The HTTP status repeats the code of the error; the body tells more, so it is read whatever the status. */
function resultOf(reply: { method: string; id: number; status: number; text: string }): unknown {
  const { method, id, status, text } = reply
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new KamailioRpcError('KAMAILIO_REFUSED', `${method}: HTTP ${status}, and the body is no JSON`)
  }
  if (typeof json !== 'object' || json === null) {
    throw new KamailioRpcError('KAMAILIO_REFUSED', `${method}: HTTP ${status}, and the body is no object`)
  }
  if ('error' in json) {
    const error = json.error as { code?: unknown; message?: unknown } | null
    const code = Number(error?.code ?? status)
    throw new KamailioRpcError('KAMAILIO_RPC_FAILED', `${method}: ${String(error?.message ?? 'failed')}`, code)
  }
  if (!('result' in json) || !('id' in json) || json.id !== id) {
    throw new KamailioRpcError('KAMAILIO_REFUSED', `${method}: HTTP ${status} without a result for this call`)
  }
  return json.result
}
