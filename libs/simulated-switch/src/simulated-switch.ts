import { randomUUID } from 'node:crypto'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { runApi } from './api-commands.js'
import type { ChannelRow } from './channel-row.js'
import { ClientConnection, type ConnectionHost } from './client-connection.js'
import { EventHub } from './event-hub.js'
import { utf8Of } from './event-summary.js'
import { LoadPlayer } from './load/load-player.js'
import { ownEvent } from './own-event.js'
import { Player, type PlayedCounters } from './player.js'
import { REGISTRATION_SECONDS, registrationHeaders } from './registrations.js'
import { checkScenario } from './scenario.js'
import type { SimulatedSwitch, SimulatedSwitchOptions } from './simulated-switch.types.js'
import { SwitchCore } from './switch-core.js'

/**
 * Starts an Event Socket server that plays captured traffic. Rejects when a capture is missing, when the port is
 * taken, or when options contradict each other.
 */
export async function startSimulatedSwitch(options: SimulatedSwitchOptions): Promise<SimulatedSwitch> {
  checkOptions(options)
  await Promise.all(options.scenarios.map((name) => checkScenario(options.captures, name)))
  const hub = new EventHub()
  const rebase = options.rebase ?? false
  const core = new SwitchCore({ name: options.name, rebase, coreUuid: randomUUID() })
  const speed = options.speed ?? 1
  const player = new Player(
    {
      captures: options.captures,
      scenarios: options.scenarios,
      speed,
      loop: options.loop ?? false,
      rebase,
      patienceMs: options.patienceMs ?? 30_000,
      settleMs: options.settleMs ?? 150,
      offsetMs: options.offsetMs ?? 4_000,
    },
    core,
    hub,
  )
  const load = new LoadPlayer(options.load ?? { perSecond: 1, lastsMs: 1000, users: 2 }, core, hub)
  const [first] = options.scenarios
  if (first !== undefined && !rebase) {
    const scenario = await player.load(first)
    core.coreUuid = scenario.parts[0]?.events[0]?.summary.coreUuid ?? core.coreUuid
  }
  const registrations = options.registrationsFirst === true ? await registrationHeaders(options.captures) : []

  let reachable = true
  let closed = false
  let connections = 0
  player.onReachable = (now) => (reachable = now)
  const timers = new Set<NodeJS.Timeout>()

  const host: ConnectionHost = {
    password: options.password,
    maxBufferedBytes: options.maxBufferedBytes ?? 64 * 1024 * 1024,
    api: (command) => runApi(command, core),
    backgroundApi: (command, wanted) => {
      const job = wanted === undefined || wanted === '' ? randomUUID() : wanted
      setImmediate(() => hub.publish(jobEvent(command, job, core)))
      return job
    },
    subscribed: () => hub.subscribed(),
    closed: (connection) => hub.remove(connection),
  }
  const accept = (socket: Socket): void => {
    if (!reachable || closed) {
      socket.on('error', () => {})
      socket.destroy()
      return
    }
    connections += 1
    const connection = new ClientConnection(socket, host)
    hub.add(connection)
    connection.greet()
  }
  const server = createServer({ allowHalfOpen: true }, accept)
  const hostAddress = options.host ?? '127.0.0.1'
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, hostAddress, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo

  const register = (): void => {
    for (const headers of registrations) hub.publish(ownEvent('CUSTOM', headers, core, 'sofia::register'))
  }
  const every = (ms: number, act: () => void): void => void timers.add(setInterval(act, ms).unref())
  const run = async (playedOnce: () => void): Promise<void> => {
    if (options.startWhen !== 'listening') await hub.whenSubscribed(options.subscribers ?? 1)
    if (closed) return playedOnce()
    if (rebase) every((options.heartbeatSeconds ?? 20) * 1000, () => hub.publish(core.heartbeat()))
    register()
    if (registrations.length > 0) every(REGISTRATION_SECONDS * 500, register)
    if (options.load !== undefined) await load.play(options.captures, options.scenarios)
    else if (options.scenarios.length > 0) await player.play(playedOnce)
    playedOnce()
  }
  const done = new Promise<void>((resolve, reject) => void run(resolve).catch(reject))
  // Whoever awaits `done` gets the error; nobody has to.
  done.catch(() => {})

  return {
    port,
    url: `esl://:${encodeURIComponent(options.password)}@${hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress}:${port}`,
    done,
    coreUuid: () => core.coreUuid,
    channels: () => core.channels.rows().map(readable),
    dropConnections: () => hub.destroyAll(),
    stall: (ms) => {
      hub.hold(true)
      timers.add(setTimeout(() => hub.hold(false), ms))
    },
    restart: (newCoreUuid) => {
      hub.destroyAll()
      core.die([...player.playings, ...load.playings])
      core.startAgain(newCoreUuid)
    },
    fragment: (bytes) => {
      if (bytes !== null && !(Number.isInteger(bytes) && bytes > 0)) throw new RangeError('a piece has at least 1 byte')
      hub.setPiece(bytes)
    },
    setListing: (listing) => (core.listingOverride = listing),
    played: (): PlayedCounters & { connections: number } => ({
      ...player.counters,
      events: player.counters.events + load.events,
      connections,
    }),
    startLoad: () => load.start(),
    finishLoad: () => {
      load.finish()
      return done
    },
    loaded: () => ({ ...load.counters }),
    close: async () => {
      closed = true
      player.stop()
      load.stop()
      for (const timer of timers) clearTimeout(timer)
      const gone = new Promise<void>((resolve) => server.close(() => resolve()))
      hub.destroyAll()
      await gone
    },
  }
}

function checkOptions({ speed = 1, registrationsFirst, rebase, scenarios, load }: SimulatedSwitchOptions): void {
  if (speed !== 'fastest' && !(speed > 0)) throw new RangeError("speed must be above 0 or 'fastest'")
  if (registrationsFirst === true && rebase !== true) throw new RangeError('registrationsFirst needs rebase')
  if (load !== undefined && (rebase !== true || scenarios.length === 0))
    throw new RangeError('load needs rebase and scenarios')
  if (load === undefined && new Set(scenarios).size !== scenarios.length)
    throw new RangeError('a scenario stands twice')
}

function jobEvent(line: string, job: string, core: SwitchCore) {
  const [name = ''] = line.split(/\s+/)
  const answer = runApi(line, core)
  const extra = {
    'Job-UUID': job,
    'Job-Command': name,
    'Job-Command-Arg': line.slice(name.length).trim(),
    'Content-Length': String(answer.length),
    _body: utf8Of(answer),
  }
  return ownEvent('BACKGROUND_JOB', extra, core)
}

/** Rows are kept as bytes; a reader in this process wants text. */
function readable(row: ChannelRow): ChannelRow {
  const entries = Object.entries(row).map(([column, value]) => [column, utf8Of(value)])
  return Object.fromEntries(entries) as ChannelRow
}
