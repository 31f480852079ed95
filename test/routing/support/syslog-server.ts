/** A real rsyslogd of one test, as an operator has it: what Kamailio says of security stands in a file of its own. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ServerProcess, until } from '../../kamailio/harness/process.js'

export class SyslogServer {
  readonly socket: string

  private constructor(
    private readonly folder: string,
    private readonly process: ServerProcess,
  ) {
    this.socket = join(folder, 'log.sock')
  }

  static async start(folder: string): Promise<SyslogServer> {
    const config = join(folder, 'rsyslog.conf')
    const lines = [
      'module(load="imuxsock" SysSock.Use="off")',
      `input(type="imuxsock" Socket="${join(folder, 'log.sock')}" RateLimit.Interval="0")`,
      `local5.* action(type="omfile" file="${join(folder, 'security.log')}")`,
      `local0.* action(type="omfile" file="${join(folder, 'sip.log')}")`,
    ]
    writeFileSync(config, `${lines.join('\n')}\n`)
    const args = ['-n', '-f', config, '-i', join(folder, 'rsyslog.pid')]
    const server = new SyslogServer(folder, new ServerProcess(join(folder, 'rsyslog.out'), 'rsyslogd', args))
    await until('rsyslogd listens', () => existsSync(server.socket))
    return server
  }

  /** What fail2ban reads. */
  security(): string {
    return this.read('security.log')
  }

  /** Everything else that Kamailio logs. */
  other(): string {
    return this.read('sip.log')
  }

  stop(): Promise<void> {
    return this.process.stop('SIGTERM')
  }

  private read(name: string): string {
    const file = join(this.folder, name)
    return existsSync(file) ? readFileSync(file, 'latin1') : ''
  }
}
