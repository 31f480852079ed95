/** One `"name": value` of a flat JSON object; the value is a text or a list of texts. */
const PAIR = /("(?:[^"\\]|\\.)*"):("(?:[^"\\]|\\.)*"|\[(?:"(?:[^"\\]|\\.)*",?)*\])/g

/**
 * The frame of `event plain`: one header a line, values percent-encoded, then the body with a length of its own. Works
 * on latin1 text, so bytes that are no UTF-8 become the same percent codes that FreeSWITCH writes.
 * An event may hold one header twice; both are kept, which is why the JSON is not parsed as an object.
 */
export function plainFrame(json: Buffer): Buffer {
  const lines: string[] = []
  let body = ''
  for (const [, quotedName = '', quotedValue = ''] of json.toString('latin1').matchAll(PAIR)) {
    const name = JSON.parse(quotedName) as string
    const value = JSON.parse(quotedValue) as string | string[]
    if (name === '_body') body = bytesOf(text(value))
    else if (name !== 'Content-Length') lines.push(`${bytesOf(name)}: ${encode(text(value))}\n`)
  }
  if (body !== '') lines.push(`Content-Length: ${body.length}\n`)
  const content = `${lines.join('')}\n${body}`
  return Buffer.from(`Content-Length: ${content.length}\nContent-Type: text/event-plain\n\n${content}`, 'latin1')
}

function text(value: string | readonly string[]): string {
  return typeof value === 'string' ? value : `ARRAY::${value.join('|:')}`
}

/** JSON may spell a character as an escape (beyond one byte): such ones become their UTF-8 bytes, the rest is bytes. */
function bytesOf(value: string): string {
  // eslint-disable-next-line no-control-regex -- the range is "one byte"
  return value.replace(/[^\u0000-\u00ff]+/g, (beyond) => Buffer.from(beyond, 'utf8').toString('latin1'))
}

/**
 * Percent codes for what FreeSWITCH calls unsafe in a URL and for everything that is no printable ASCII. As there, what
 * looks like a percent code already is left as it is, so a plain client cannot tell the two apart.
 */
function encode(value: string): string {
  return bytesOf(value).replace(/%(?![0-9A-F]{2})|[^%!$'()*,\-./0-9A-Z_a-z~]/g, (char) => {
    return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}
