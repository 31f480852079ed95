/** `npm run check`, built, on both sets of engines. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { createS3Bucket } from '@trunkline/s3'
import { realEngines } from '../../../test/support/engines.js'
import { S3Server } from '../../../test/support/s3-server.js'

const MAIN = join(import.meta.dirname, '../dist/check.js')

function check(settings: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, LOG_LEVEL: 'error', ...settings }
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN], { env, encoding: 'utf8', timeout: 120_000 })
  return { status, stdout, stderr }
}
const verdicts = (text: string) =>
  [...text.matchAll(/^([a-z]+ [a-z]+) +(ok|FAILED) /gm)].map(([, , verdict]) => verdict)

describe('npm run check', () => {
  it('finds the embedded stores usable with nothing set', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'trunkline-check-'))
    const { status, stdout } = check({ DATA_DIR: dataDir })
    expect(stdout).toMatch(/object store +ok +an object was written, read and deleted/)
    expect(verdicts(stdout)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(status).toBe(0)
    rmSync(dataDir, { recursive: true })
  })

  it('uses the real engines, and shows no password', async () => {
    const [engines, s3] = await Promise.all([realEngines(), S3Server.start()])
    const deployment = await engines.deploy()
    try {
      await createS3Bucket({ ...s3.options, bucket: 'recordings' })
      const { status, stdout, stderr } = check({
        ...deployment.env,
        S3_ENDPOINT: s3.endpoint,
        S3_BUCKET: 'recordings',
        AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      })
      expect(stderr).toBe('')
      expect(verdicts(stdout)).toEqual(['ok', 'ok', 'ok', 'ok'])
      expect(stdout).toMatch(/trunkline\.switch has 3 partitions, 0 with records/)
      expect(stdout).not.toContain('only-for-tests')
      expect(status).toBe(0)
    } finally {
      await deployment.dispose()
      await Promise.all([engines.dispose(), s3.dispose()])
    }
  }, 400_000)

  it('says in words what is away or wrong, each by itself', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'trunkline-check-'))
    const { status, stdout } = check({
      DATA_DIR: dataDir,
      KAFKA_BROKERS: '127.0.0.1:1',
      MYSQL_URL: 'mysql://u:hunter2@127.0.0.1:1/trunkline',
      KURRENTDB_URL: 'kurrentdb://u:hunter2@127.0.0.1:1?tls=false',
      S3_ENDPOINT: 'http://127.0.0.1:1',
      S3_BUCKET: 'recordings',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'hunter2',
    })
    expect(verdicts(stdout)).toEqual(['FAILED', 'FAILED', 'FAILED', 'FAILED'])
    expect(stdout).not.toContain('hunter2')
    expect(status).toBe(1)
    expect(check({ DATA_DIR: dataDir, MYSQL_URL: 'postgres://db/x' }).stdout).toMatch(
      /view store +FAILED +MYSQL_URL begins with postgres/,
    )
    expect(check({ PORT: 'x' }).status).toBe(2)
    rmSync(dataDir, { recursive: true })
  }, 400_000)
})
