/**
 * One object in one file, so that bytes and what is known of them can never part: the bytes, then a JSON record, its
 * length (32 bits, big-endian), and a mark of 8 bytes. The bytes come first: most players open the file as it is.
 */
import type { FileHandle } from 'node:fs/promises'
import { ChecksumMismatchError, type ObjectInfo } from '@trunkline/ports'

const MARK = Buffer.from('TRUNKOB1', 'latin1')
const FOOTER = 4 + MARK.length
/** More than the longest content type and the checksum can take. */
const MOST_TRAILER = 2048

/** What follows the bytes of an object. */
export function trailer({ size, sha256, contentType }: ObjectInfo): Buffer {
  const record = Buffer.from(JSON.stringify({ size, sha256, contentType }))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(record.length)
  return Buffer.concat([record, length, MARK])
}

/** Reads the trailer of an open file. Throws {@link ChecksumMismatchError} when the file is not whole. */
export async function readInfo(file: FileHandle, key: string): Promise<ObjectInfo> {
  const { size: fileSize } = await file.stat()
  const tail = Buffer.alloc(Math.min(fileSize, MOST_TRAILER))
  const { bytesRead } = await file.read(tail, 0, tail.length, fileSize - tail.length)
  const info = parse(tail.subarray(0, bytesRead), fileSize)
  if (info === undefined) throw new ChecksumMismatchError(`object ${key} is damaged: its file has no valid end`)
  return { key, ...info }
}

function parse(tail: Buffer, fileSize: number): Omit<ObjectInfo, 'key'> | undefined {
  const end = tail.length - FOOTER
  if (end < 0 || !tail.subarray(-MARK.length).equals(MARK)) return undefined
  const length = tail.readUInt32BE(end)
  if (length > end) return undefined
  try {
    const record = JSON.parse(tail.toString('utf8', end - length, end)) as Omit<ObjectInfo, 'key'>
    return record.size === fileSize - FOOTER - length ? record : undefined
  } catch {
    return undefined
  }
}
