/** infra/firewall, loaded where it can do no harm: in a network namespace of its own. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'

const run = promisify(execFile)
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
const RULES = 'infra/firewall/trunkline.nft'

/** Two ends of a wire: `host` with the rules, and a stranger who sends. */
const WORLD = `
ip link set lo up
ip link add inside type veth peer name outside
unshare -n sleep 120 & stranger=$!
pids=""
trap 'kill $(jobs -p) $pids 2> /dev/null || :' EXIT
while [ "$(readlink /proc/$stranger/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link set outside netns $stranger
ip addr add 198.51.100.1/24 dev inside && ip link set inside up
in_stranger() { nsenter -t $stranger -n "$@"; }
in_stranger ip addr add 198.51.100.2/24 dev outside
in_stranger ip link set outside up
nft -f ${RULES}
`

describe('infra/firewall', () => {
  const inNamespace = async (script: string) =>
    (await run('unshare', ['-rn', 'bash', '-euc', `${WORLD}\n${script}`], { env, timeout: 100_000 })).stdout

  it('is taken by nft, again and again', async () => {
    await run('unshare', ['-rn', 'nft', '-c', '-f', RULES], { env })
    const twice = `nft -f ${RULES} && nft -f ${RULES} && nft list tables`
    const { stdout } = await run('unshare', ['-rn', 'sh', '-c', twice], { env })
    expect(stdout.trim()).toBe('table inet trunkline')
  })

  it('lets SIP in and nothing else, slows down who sends too much, and shuts out whom an operator names', async () => {
    // says when it hears; when it is told to end it counts what has come, and nothing comes any more
    const listener = (port: number) => `
      const socket = require('dgram').createSocket('udp4')
      let n = 0
      socket.on('message', () => n++)
      socket.bind(${port}, () => console.log('hears'))
      const end = (before) => {
        if (n === before) process.exit(console.log('${port}', n))
        setTimeout(end, 300, n)
      }
      process.on('SIGTERM', end)`
    const listen = (port: number) => `
      exec {heard}< <(exec node -e "${listener(port)}"); listeners+=" $heard"; pids+=" $!"
      read -r -u $heard hears`
    const send = (port: number, times: number) =>
      `in_stranger node -e "const s=require('dgram').createSocket('udp4');let n=0;for(let i=0;i<${times};i++)s.send('x',${port},'198.51.100.1',()=>++n<${times}||s.close())"`
    const out = await inNamespace(`
      listeners=""
      ${listen(5060)}
      ${listen(5080)}
      ${listen(5061)}
      ${send(5060, 10)}
      ${send(5080, 10)}
      nft list set inet trunkline shut > /dev/null
      began=$(date +%s%N)
      ${send(5060, 1000)}
      echo "ms $((($(date +%s%N) - began) / 1000000))"
      nft add element inet trunkline shut '{ 198.51.100.2 timeout 1m }'
      ${send(5060, 10)}
      kill $pids
      for heard in $listeners; do cat <&$heard; done
      nft list chain inet trunkline arriving
    `)
    const count = (port: number) => Number(new RegExp(`^${port} (\\d+)$`, 'm').exec(out)?.[1])
    const seconds = Number(/^ms (\d+)$/m.exec(out)?.[1]) / 1000
    // 10, and of 1,000 at once the burst of 200 and what the time allows that they took
    expect(count(5060)).toBeGreaterThanOrEqual(200)
    expect(count(5060)).toBeLessThan(350 + 100 * seconds)
    expect(count(5080)).toBe(0)
    expect(out).toMatch(/ip saddr @shut counter packets 10 /)
  })
})
