import { randomUUID } from 'node:crypto'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { ObjectStoreUnavailableError, type ObjectSource, type PutObject } from '@trunkline/ports'

/** A body whose checksum is known before the first byte is sent, since S3 takes metadata first. */
export interface ReadyBody {
  readonly body: Buffer | Readable
  readonly sha256: string
  close(): Promise<void>
}

export interface ReadyOptions {
  /** Most bytes that are held in memory to look at them. */
  readonly mostHeld: number
  readonly spoolDirectory?: string | undefined
}

/**
 * A buffer is hashed where it lies. A stream is sent as it comes when its checksum was announced, held in memory when
 * it is small, and else written to a file without a name, which is gone with this process however that ends.
 */
export async function readyBody(object: PutObject, source: ObjectSource, options: ReadyOptions): Promise<ReadyBody> {
  const { body, sha256 } = object
  if (body instanceof Uint8Array) {
    for await (const _ of source);
    return held(Buffer.from(body.buffer, body.byteOffset, body.byteLength), source.sha256)
  }
  if (sha256 !== undefined)
    return { body: Readable.from(source), sha256: sha256.toLowerCase(), close: () => Promise.resolve() }
  const pieces: Buffer[] = []
  const reading = source[Symbol.asyncIterator]()
  while (source.size <= options.mostHeld) {
    const { value, done } = await reading.next()
    if (done === true) return held(Buffer.concat(pieces), source.sha256)
    pieces.push(value)
  }
  return spooled(pieces, reading, { source, ...options })
}

function held(body: Buffer, sha256: string): ReadyBody {
  return { body, sha256, close: () => Promise.resolve() }
}

interface Spooling extends ReadyOptions {
  readonly source: ObjectSource
}

async function spooled(
  first: Buffer[],
  rest: AsyncGenerator<Buffer>,
  { source, spoolDirectory }: Spooling,
): Promise<ReadyBody> {
  let file: FileHandle | undefined
  try {
    file = await openNameless(spoolDirectory ?? tmpdir())
    for (const piece of first.splice(0)) await writeAll(file, piece)
    for await (const piece of rest) await writeAll(file, piece)
  } catch (error) {
    await file?.close()
    if (source.failure !== undefined) throw error
    throw new ObjectStoreUnavailableError(`cannot spool an object: ${(error as Error).message}`, { cause: error })
  }
  const open = file
  // With its end, the SDK counts the parts that there must be.
  const end = source.size - 1
  const body = open.createReadStream({ start: 0, end, autoClose: false, highWaterMark: 1024 * 1024 })
  return { body, sha256: source.sha256, close: () => open.close() }
}

async function openNameless(directory: string): Promise<FileHandle> {
  const path = join(directory, `trunkline-${randomUUID()}`)
  const file = await open(path, 'wx+', 0o600)
  try {
    await unlink(path)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten
}
