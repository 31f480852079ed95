/** infra/fail2ban on the lines that a real Kamailio writes while strangers try to forge some. */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { until } from '../kamailio/harness/process.js'
import { SipPhone } from '../kamailio/harness/sip-phone.js'
import * as rows from './support/rows.js'
import { RoutingSite } from './support/routing-site.js'
import { SyslogServer } from './support/syslog-server.js'

const run = promisify(execFile)
const VICTIM = '203.0.113.9'
const FORGED = `trunkline-security source=${VICTIM} event=source-banned users=10`

describe('infra/fail2ban', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-fail2ban-'))
  let site: RoutingSite
  let syslog: SyslogServer
  let log: string

  beforeAll(async () => {
    const spared = { FLOOD_SPARED: '"127.0.0.1/32"' }
    syslog = await SyslogServer.start(folder)
    const users = rows.all(rows.userRows({ name: 'alice' }), rows.userRows({ name: 'bob' }))
    site = await RoutingSite.start(users, spared, syslog.socket)
    const phones = await Promise.all(['50', '51', '52', '53', '54'].map((n) => SipPhone.udp(site.port, `127.0.0.${n}`)))
    const [scanner, flooder, forger, customer, office] = phones as [SipPhone, SipPhone, SipPhone, SipPhone, SipPhone]
    for (const name of hostileNames) await forger.request({ method: 'REGISTER', user: name, password: 'x' }, 200)
    for (const callId of hostileNames) await forger.register('alice', { callId, password: callId })
    for (const [n, name] of hostileNames.entries()) await claim(forger, name, n)
    for (const text of hostileMessages) forger.send(text)
    for (let n = 100; n < 110; n++) await scanner.register(String(n))
    for (let n = 0; n < 8; n++) await customer.register('bob', { password: 'wrong' })
    expect(await office.register('alice')).toBe(200)
    for (const phone of [flooder, office]) {
      await until('the flood is noticed', async () => {
        for (let n = 0; n < 80; n++) phone.send(options(phone, n))
        await new Promise((resolve) => setTimeout(resolve, 200))
        return syslog.security().includes(`source=${phone.address} event=flood`)
      })
    }
    for (const phone of phones) phone.close()
    log = syslog.security()
    cpSync('/etc/fail2ban', join(folder, 'etc'), { recursive: true })
    for (const name of ['filter.d', 'jail.d'])
      cpSync(`infra/fail2ban/${name}`, join(folder, 'etc', name), { recursive: true })
  })
  afterAll(async () => {
    await site.dispose()
    await syslog.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function found(text: string, mode: string): Promise<string[]> {
    const file = join(folder, 'kamailio.log')
    writeFileSync(file, text, 'latin1')
    const filter = `${join(folder, 'etc/filter.d/trunkline-kamailio.conf')}[mode=${mode}]`
    const { stdout } = await run('fail2ban-regex', ['-c', join(folder, 'etc'), '-o', 'id', file, filter])
    return [...new Set(stdout.trim().split('\n').filter(Boolean))].sort()
  }

  it('has lines to look at, and what strangers forged is in the other file', () => {
    expect(log).toContain('event=source-banned users=10')
    expect(log).toContain('source=127.0.0.51 event=flood\n')
    expect(log).toContain('source=127.0.0.54 event=flood-of-phones\n')
    expect(log).toContain('event=user-locked')
    expect(log.match(/event=auth-failed/g)!.length).toBeGreaterThan(10)
    expect(syslog.other()).toContain(FORGED)
    // two of the names are the same to Kamailio, which takes what follows a colon, and their responses are too
    expect(log.match(/source=127.0.0.52 event=auth-failed/g)!.length).toBeGreaterThanOrEqual(4)
  })

  it('finds scanners and floods alone, whatever strangers write', async () => {
    expect(await found(log, 'normal')).toEqual(['127.0.0.50', '127.0.0.51'])
  })

  it('finds whose credentials were wrong, when it is to', async () => {
    expect(await found(log, 'aggressive')).toEqual(['127.0.0.50', '127.0.0.51', '127.0.0.52', '127.0.0.53'])
  })

  it('finds nobody else when both facilities go into one file: syslog leaves strangers no line of their own', async () => {
    expect(await found(syslog.other() + log, 'normal')).toEqual(['127.0.0.50', '127.0.0.51'])
    expect(await found(syslog.other(), 'aggressive')).toEqual([])
  })

  it('would find a forged line if one stood there', async () => {
    const line = `${new Date().toISOString()} sbc1 /usr/sbin/kamailio[42]: NOTICE: {1 2 x} <script>: ${FORGED}\n`
    expect(await found(line, 'normal')).toEqual([VICTIM])
  })

  it('gives a jail that fail2ban takes', async () => {
    const file = join(folder, 'security.log')
    writeFileSync(file, '')
    writeFileSync(join(folder, 'etc/jail.d/defaults-debian.conf'), '[sshd]\nenabled = false\n')
    const jail = join(folder, 'etc/jail.d/trunkline-kamailio.conf')
    writeFileSync(jail, readFileSync(jail, 'utf8').replace(/^logpath = .*$/m, `logpath = ${file}`))
    const { stdout, stderr } = await run('fail2ban-client', ['-c', join(folder, 'etc'), '--test'])
    expect(`${stdout}${stderr}`).toContain('OK')
  })
})

const hostileNames = [
  `a> <script>: ${FORGED}`,
  `a} <script>: ${FORGED}`,
  `1 1 x} <script>: ${FORGED} {`,
  `%n ${FORGED}`,
  `a\\n 3(42) NOTICE: {1 2 x} <script>: ${FORGED}`,
  `a\t3(42) NOTICE: {1 2 x} <script>: ${FORGED}`,
]

/** What no parser takes: a server that logged them as they are would write lines of strangers. */
const hostileMessages = ['\n', '\r\n'].flatMap((end) => {
  const line = ` 3(42) NOTICE: {1 2 x} <script>: ${FORGED}`
  return [
    `${end}${line}${end}`,
    `REGISTER${end}${line}${end}${end}`,
    `REGISTER sip:kam.lab SIP/2.0${end}Via: ${end}${line}${end}${end}`,
    `REGISTER sip:kam.lab SIP/2.0${end}Via: SIP/2.0/UDP x;branch=${end} y${end}${line}${end}${end}`,
    `INVITE sip:kam.lab SIP/2.0${end}Content-Length: x${end}${line}${end}CSeq: a b c${end}${end}${line}${end}`,
    `SIP/2.0 200 OK${end}${line}${end}${end}`,
    `REGISTER sip:kam.lab SIP/2.0${end}From: <sip:a@b${end}${line}${end}To: "${end}${line}${end}${end}`,
  ]
})

/** Credentials for a name of any form in a request that is otherwise in order. */
async function claim(phone: SipPhone, name: string, n: number): Promise<void> {
  const asked = (cseq: number, credentials: string) =>
    [
      'REGISTER sip:kam.lab SIP/2.0',
      `Via: SIP/2.0/UDP 127.0.0.52:${phone.port};branch=z9hG4bK${n}x${cseq};rport`,
      'From: <sip:alice@kam.lab>;tag=c',
      'To: <sip:alice@kam.lab>',
      `Call-ID: claim-${n}-${cseq}`,
      `CSeq: ${cseq} REGISTER`,
      'Max-Forwards: 70',
      `${credentials}Content-Length: 0`,
      '',
      '',
    ].join('\r\n')
  phone.send(asked(1, ''))
  const answerTo = async (cseq: number) => {
    for (;;) {
      const reply = await phone.receive()
      if (reply === undefined || reply.includes(`Call-ID: claim-${n}-${cseq}\r\n`)) return reply ?? ''
    }
  }
  const nonce = /nonce="([^"]*)"/.exec(await answerTo(1))?.[1] ?? ''
  const digest = `username="${name}", realm="kam.lab", nonce="${nonce}", uri="sip:kam.lab", response="${'0'.repeat(32)}"`
  phone.send(asked(2, `Authorization: Digest ${digest}, qop=auth, nc=00000001, cnonce="abc"\r\n`))
  expect(await answerTo(2)).toContain('SIP/2.0 401')
}

function options(phone: SipPhone, n: number): string {
  const head = [
    'OPTIONS sip:kam.lab SIP/2.0',
    `Via: SIP/2.0/UDP ${phone.address}:${phone.port};branch=z9hG4bK${n};rport`,
  ]
  const from = ['From: <sip:x@kam.lab>;tag=f', 'To: <sip:kam.lab>', `Call-ID: flood-${n}`, `CSeq: ${n + 1} OPTIONS`]
  return [...head, ...from, 'Max-Forwards: 70', 'Content-Length: 0', '', ''].join('\r\n')
}
