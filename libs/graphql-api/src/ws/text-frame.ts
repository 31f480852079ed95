const FIN_TEXT = 0x81

/** Length of the header of an unmasked frame (RFC 6455, 5.2). */
export function headerLength(payloadLength: number): number {
  return payloadLength < 126 ? 2 : payloadLength < 65_536 ? 4 : 10
}

/** Writes the header of an unmasked text frame; gives the offset after it. */
export function writeHeader(target: Buffer, offset: number, payloadLength: number): number {
  target[offset] = FIN_TEXT
  if (payloadLength < 126) {
    target[offset + 1] = payloadLength
    return offset + 2
  }
  if (payloadLength < 65_536) {
    target[offset + 1] = 126
    target.writeUInt16BE(payloadLength, offset + 2)
    return offset + 4
  }
  target[offset + 1] = 127
  target.writeBigUInt64BE(BigInt(payloadLength), offset + 2)
  return offset + 10
}
