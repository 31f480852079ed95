import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { translate } from '@trunkline/esl'

/** The facts of all captures, as often as asked, each copy with channels of its own. */
export function* facts(copies) {
  const folder = join(import.meta.dirname, '../test/captures/freeswitch')
  const once = readdirSync(folder).flatMap((scenario) => {
    const raw = gunzipSync(readFileSync(join(folder, scenario, 'events.json.raw.gz')))
    const found = []
    for (let at = 0; at < raw.length;) {
      const head = raw.indexOf('\n\n', at)
      if (head < 0) break
      const header = raw.toString('latin1', at, head)
      const end = head + 2 + Number(/Content-Length: (\d+)/.exec(header)?.[1] ?? 0)
      if (header.includes('text/event-json')) {
        const fact = translate(JSON.parse(raw.toString('utf8', head + 2, end)), 'pbx1')
        if (fact) found.push(fact)
      }
      at = end
    }
    return found
  })
  for (let copy = 0; copy < copies; copy++) {
    // The last group of a UUID is lifted to another range, so that no two copies share a channel or a core.
    const tag = copy.toString(16).padStart(4, '0')
    const rename = (text) => text.replace(/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-)[0-9a-f]{4}/g, `$1${tag}`)
    for (const fact of once) yield JSON.parse(rename(JSON.stringify(fact)))
  }
}
