/** One Kamailio to listen to. */
export interface KamailioNode {
  /** Name of the switch in facts and views. */
  readonly name: string
  readonly redisUrl: string
  /** Redis stream that the node writes its events to. */
  readonly stream: string
  readonly rpcUrl: string
}

/** The setting KAMAILIO_NODES cannot be read. The message holds no secret. */
export class KamailioNodesError extends Error {
  readonly code = 'BAD_KAMAILIO_NODES'
  readonly retryable = false
}

/**
 * Reads `sbc1=redis://10.0.0.4:6379/kam:events?rpc=http://10.0.0.4:5080/RPC,sbc2=…`. The path is the name of the
 * stream, `database` may name a Redis database by number; a comma inside a value is written %2C.
 * Throws {@link KamailioNodesError}.
 */
export function parseKamailioNodes(text: string): KamailioNode[] {
  const nodes: KamailioNode[] = []
  for (const part of text.split(',')) {
    const entry = part.trim()
    if (entry === '') continue
    const at = entry.indexOf('=')
    const name = entry.slice(0, Math.max(at, 0)).trim()
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) {
      throw new KamailioNodesError(`entry ${nodes.length + 1}: NAME=redis://… expected, NAME of letters, digits, . _ -`)
    }
    if (nodes.some((node) => node.name === name)) throw new KamailioNodesError(`${name}: named twice`)
    nodes.push(nodeOf(name, entry.slice(at + 1)))
  }
  if (nodes.length === 0) throw new KamailioNodesError('no node: NAME=redis://HOST:PORT/STREAM?rpc=http://… expected')
  return nodes
}

function nodeOf(name: string, address: string): KamailioNode {
  const url = urlOf(address, `${name}: the address`)
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw new KamailioNodesError(`${name}: redis:// or rediss:// expected, not ${url.protocol}//`)
  }
  if (url.hostname === '') throw new KamailioNodesError(`${name}: the host is missing`)
  const stream = decoded(url.pathname.slice(1))
  if (stream === undefined) throw new KamailioNodesError(`${name}: the name of the stream has a % that encodes nothing`)
  if (stream === '') throw new KamailioNodesError(`${name}: the path must name the stream, such as /kam:events`)
  const rpc = url.searchParams.get('rpc')
  if (rpc === null) throw new KamailioNodesError(`${name}: ?rpc=http://HOST:PORT/RPC is missing`)
  const rpcUrl = urlOf(rpc, `${name}: rpc`)
  if (rpcUrl.protocol !== 'http:' && rpcUrl.protocol !== 'https:') {
    throw new KamailioNodesError(`${name}: rpc must begin with http:// or https://`)
  }
  const database = url.searchParams.get('database') ?? '0'
  if (!/^\d{1,4}$/.test(database)) throw new KamailioNodesError(`${name}: database must be a number`)
  for (const key of url.searchParams.keys()) {
    if (key !== 'rpc' && key !== 'database') throw new KamailioNodesError(`${name}: unknown setting ${key}`)
  }
  url.search = ''
  url.pathname = `/${database}`
  return { name, redisUrl: url.href, stream, rpcUrl: rpcUrl.href }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function urlOf(text: string, what: string): URL {
  try {
    return new URL(text)
  } catch {
    throw new KamailioNodesError(`${what} is no URL`)
  }
}

/** The node as it may be printed: without user names and passwords. */
export function describeKamailioNode(node: KamailioNode): string {
  const redis = new URL(node.redisUrl)
  const rpc = new URL(node.rpcUrl)
  return `${node.name} at ${redis.protocol}//${redis.host}/${node.stream}, RPC at ${rpc.origin}${rpc.pathname}`
}
