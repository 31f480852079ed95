/** Argon2id (RFC 9106) in the PHC string format, with the parameters that OWASP's Password Storage Cheat Sheet names first for small memory. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { WorkLimit } from './work-limit.js'

export interface HashParameters {
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

export const OWASP: HashParameters = { memory: 19_456, passes: 2, parallelism: 1 }

const TAG_BYTES = 32
const SALT_BYTES = 16
/** At most so many at once, each with its memory, and so many that wait. */
const AT_ONCE = 2
const WAITING = 64

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/
const derive = promisify(argon2)

interface Hash extends HashParameters {
  readonly salt: Buffer
  readonly tag: Buffer
}

/** Makes and checks hashes of passwords, a few at a time. */
export class PasswordHasher {
  readonly #limit = new WorkLimit(AT_ONCE, WAITING)
  readonly #parameters: HashParameters
  readonly #nobody: Hash

  constructor(parameters: HashParameters = OWASP) {
    this.#parameters = parameters
    this.#nobody = { ...parameters, salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES) }
  }

  /** The hash as a PHC string. Throws `UNAVAILABLE` when too many wait. */
  async hash(password: string): Promise<string> {
    const hash = { ...this.#parameters, salt: randomBytes(SALT_BYTES) }
    return format({ ...hash, tag: await this.#derive(password, hash, TAG_BYTES) })
  }

  /** Whether it is the password of this hash. Without a hash it costs the same and is false. Throws `UNAVAILABLE`. */
  async verify(password: string, phc: string | undefined): Promise<boolean> {
    const hash = (phc === undefined ? undefined : parse(phc)) ?? this.#nobody
    const tag = await this.#derive(password, hash, hash.tag.length)
    return timingSafeEqual(tag, hash.tag) && hash !== this.#nobody
  }

  /** It was made with less than today's parameters, or with others. */
  isOutdated(phc: string): boolean {
    const hash = parse(phc)
    const { memory, passes, parallelism } = this.#parameters
    return hash?.memory !== memory || hash.passes !== passes || hash.parallelism !== parallelism
  }

  #derive(password: string, { memory, passes, parallelism, salt }: Omit<Hash, 'tag'>, tagLength: number) {
    const message = Buffer.from(password, 'utf8')
    return this.#limit.run(() => derive('argon2id', { message, nonce: salt, memory, passes, parallelism, tagLength }))
  }
}

function format({ memory, passes, parallelism, salt, tag }: Hash): string {
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${text(salt)}$${text(tag)}`
}

function parse(phc: string): Hash | undefined {
  const match = PHC.exec(phc)
  if (match === null) return undefined
  const [, memory, passes, parallelism, salt = '', tag = ''] = match
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}
