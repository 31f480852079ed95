/** Whom the view store trusts when the address says `?ssl=true`. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startMariadb, type MariadbServer } from '../../../test/support/mariadb-server.js'
import { openMysqlViewStore } from './mysql-view-store.js'

const before = getCACertificates('default')
let folder: string
let server: MariadbServer
const file = (name: string) => join(folder, name)

/** The certificate that the server shows after its next start. */
function certify(name: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'.split(' ')
  openssl('req', ...newKey, '-keyout', file('server.key'), '-out', file('server.csr'), '-subj', `/CN=${name}`)
  writeFileSync(file('server.ext'), `subjectAltName=DNS:${name}\nbasicConstraints=CA:FALSE\n`)
  const signing = ['-CA', file('authority.pem'), '-CAkey', file('authority.key'), '-CAcreateserial', '-days', '2']
  const request = ['-req', '-in', file('server.csr'), '-extfile', file('server.ext')]
  openssl('x509', ...request, ...signing, '-out', file('server.pem'))
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-mysql-tls-'))
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'.split(' ')
  const authority = ['-keyout', file('authority.key'), '-out', file('authority.pem')]
  execFileSync('openssl', ['req', '-x509', ...newKey, ...authority, '-days', '2', '-subj', '/CN=test'], {
    stdio: 'ignore',
  })
  certify('db.example.org')
  server = await startMariadb([`--ssl-cert=${file('server.pem')}`, `--ssl-key=${file('server.key')}`])
  await server.createDatabase('tls')
})
afterAll(async () => {
  setDefaultCACertificates(before)
  await server.dispose()
  rmSync(folder, { recursive: true })
})

describe('the view store over TLS', () => {
  const ask = async (ssl: string) => {
    const url = server.url('tls').replace('127.0.0.1', 'localhost')
    const store = openMysqlViewStore({ url: `${url}?ssl=${ssl}` })
    try {
      return await store.all("SHOW STATUS LIKE 'Ssl_version'")
    } finally {
      await store.close()
    }
  }

  it('takes only a certificate that is trusted, and of the name that was asked for', async () => {
    await expect(ask('true')).rejects.toThrow(/certificate/)
    setDefaultCACertificates([...before, readFileSync(file('authority.pem'), 'utf8')])
    await expect(ask('true')).rejects.toThrow(/altnames/)
    expect(await ask('insecure')).toMatchObject([{ Value: expect.stringMatching(/^TLS/) }])
    await server.stop()
    certify('localhost')
    await server.restart()
    expect(await ask('true')).toMatchObject([{ Value: expect.stringMatching(/^TLS/) }])
  })
})
