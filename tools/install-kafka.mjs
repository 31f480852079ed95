// Brings a real Kafka broker for tests and benchmarks: the jars that infra/kafka/pom.xml names, by Maven, and a storage
// folder that Kafka's own tool has formatted, to be copied by whoever starts a broker. Both lie under
// node_modules/.cache/kafka and are made once; needs `mvn` and `java` (17 or newer).
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(import.meta.dirname, '..')
const pom = join(root, 'infra/kafka/pom.xml')

/** Where the broker lies when it is installed: `jars` and `formatted` are its parts. Named after the pom, so that a new version is a new folder. */
export function kafkaFolder() {
  const version = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)
  return join(root, 'node_modules/.cache/kafka', version)
}

/** Installs what is missing and gives {@link kafkaFolder}. Safe to run by several processes at once. */
export function installKafka() {
  const folder = kafkaFolder()
  if (existsSync(folder)) return folder
  mkdirSync(resolve(folder, '..'), { recursive: true })
  const draft = mkdtempSync(`${folder}-`)
  try {
    const jars = join(draft, 'jars')
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${jars}`]
    run('mvn', ['-B', '-q', '-f', pom, ...goal])
    format(jars, draft)
    renameSync(draft, folder)
  } catch (error) {
    // Another process may have been faster; then its work is as good as ours.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return folder
}

function format(jars, draft) {
  const properties = join(draft, 'format.properties')
  const lines = [
    'process.roles=broker,controller',
    'node.id=1',
    'controller.quorum.voters=1@127.0.0.1:9093',
    'controller.listener.names=CONTROLLER',
    'listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    `log.dirs=${join(draft, 'formatted')}`,
  ]
  writeFileSync(properties, `${lines.join('\n')}\n`)
  const tool = ['kafka.tools.StorageTool', 'format', '--cluster-id', 'dHJ1bmtsaW5lLXRlc3RzAA', '--config', properties]
  run('java', ['-cp', `${jars}/*`, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', ...tool])
}

function run(command, args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status === 0) return
  throw new Error(`${command} failed: ${error?.message ?? ''}\n${stdout ?? ''}${stderr ?? ''}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installKafka()
