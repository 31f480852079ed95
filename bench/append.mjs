// Append into the embedded log, against its limit on this disk: the same bytes to a plain file with fdatasync for
// each batch. Prints records a second and the ratio. Needs the build.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteEventLog } from '@trunkline/sqlite'
import { fact, median, print } from './common.mjs'

const BATCH = 500
const BATCHES = 200
const ROUNDS = 3

async function log(directory, batch, batches) {
  const log = openSqliteEventLog({ directory })
  const started = performance.now()
  for (let number = 0; number < batches; number++) {
    await log.append(
      'bench',
      Array.from({ length: batch }, (_, index) => fact(number * batch + index)),
    )
  }
  const perSecond = (batch * batches * 1000) / (performance.now() - started)
  await log.close()
  return perSecond
}

function file(directory, batch, batches) {
  const handle = openSync(join(directory, 'limit'), 'w')
  const started = performance.now()
  for (let number = 0; number < batches; number++) {
    let text = ''
    for (let index = 0; index < batch; index++) text += JSON.stringify(fact(number * batch + index)) + '\n'
    writeSync(handle, text)
    fdatasyncSync(handle)
  }
  const perSecond = (batch * batches * 1000) / (performance.now() - started)
  closeSync(handle)
  return perSecond
}

async function measure(work, ...args) {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-bench-'))
  try {
    return await work(directory, ...args)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const results = { log: [], file: [], single: [] }
for (let round = 0; round < ROUNDS; round++) {
  results.log.push(await measure(log, BATCH, BATCHES))
  results.file.push(await measure(file, BATCH, BATCHES))
  results.single.push(await measure(log, 1, 500))
}
const limit = median(results.file)
print('append', [
  ['file + fdatasync, 500 a batch (limit)', limit, 1],
  ['embedded log, 500 a batch', median(results.log), median(results.log) / limit],
  ['embedded log, one a batch', median(results.single), median(results.single) / limit],
])
