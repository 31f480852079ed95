// Memory of the whole process over a long replay: `npm start` hears a switch that loops captured traffic with fresh ids
// as fast as it is read, until a million events (or `--events N`) went through. Prints resident memory on the way.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulatedSwitch } from '@trunkline/simulated-switch'

const asked = process.argv.indexOf('--events')
const EVENTS = asked < 0 ? 1_000_000 : Number(process.argv[asked + 1])
const root = join(import.meta.dirname, '..')
const dataDir = mkdtempSync(join(tmpdir(), 'trunkline-memory-'))
const pbx = await startSimulatedSwitch({
  password: 'bench',
  captures: join(root, 'test/captures/freeswitch'),
  scenarios: [
    'o-attended-transfer',
    'l-ring-group-simultaneous',
    'x-queue-answered',
    's-conference',
    'v-park-retrieve',
    'u-voicemail',
  ],
  speed: 'fastest',
  loop: true,
  rebase: true,
})
const env = { ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'error', ESL_SWITCHES: `pbx1=${pbx.url}` }
const child = spawn(process.execPath, [join(root, 'apps/standalone/dist/main.js')], {
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
})
let printed = ''
child.stdout.on('data', (text) => (printed += text))
while (!/http:\/\/[\d.]+:\d+/.test(printed)) await new Promise((resolve) => setTimeout(resolve, 100))
const url = /http:\/\/[\d.]+:\d+/.exec(printed)[0]

process.stdout.write('\nmemory of the whole process over a replay\n      events   records in views   resident MB\n')
const started = performance.now()
const samples = []
for (let next = 0; ;) {
  await new Promise((resolve) => setTimeout(resolve, 200))
  const { events } = pbx.played()
  if (events < next && events < EVENTS) continue
  next += EVENTS / 10
  const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024
  const metrics = await (await fetch(`${url}/metrics`)).text()
  const records = Number(/projector_records_total(?:\{[^}]*\})? (\d+)/m.exec(metrics)?.[1] ?? 0)
  samples.push(resident)
  process.stdout.write(
    `${String(events).padStart(12)} ${String(records).padStart(18)} ${resident.toFixed(0).padStart(13)}\n`,
  )
  if (events >= EVENTS) break
}
const seconds = (performance.now() - started) / 1000
const half = samples.slice(Math.floor(samples.length / 2))
process.stdout.write(
  `  ${Math.round(EVENTS / seconds).toLocaleString('en')} events a second; second half of the replay: ${Math.min(...half).toFixed(0)} to ${Math.max(...half).toFixed(0)} MB\n`,
)
child.kill('SIGKILL')
await pbx.close()
rmSync(dataDir, { recursive: true, force: true })
process.exit(0)
