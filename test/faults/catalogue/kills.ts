/** Processes that are killed without warning (SIGKILL), or stop in their tracks (SIGSTOP). */
import type { Fault } from '../fault.js'

export const KILLS: readonly Fault[] = [
  {
    name: 'none',
    about: 'Nothing happens: two undisturbed runs are equal',
    make: (site) => site.pause(1000),
  },
  {
    name: 'listener-killed',
    about: 'One of two listeners is killed, and started again',
    async make(site) {
      await site.kill('listener1')
      await site.pause(500, 2000)
      await site.start('listener1')
    },
  },
  {
    name: 'projector-killed',
    about: 'One of two projectors is killed and does not come back: the other takes over',
    make: (site) => site.kill(site.random() < 0.5 ? 'projector1' : 'projector2'),
  },
  {
    name: 'projectors-killed',
    about: 'Both projectors are killed, and started again',
    async make(site) {
      await site.kill('projector1')
      await site.pause(0, 500)
      await site.kill('projector2')
      await site.pause(500, 1500)
      await Promise.all([site.start('projector1'), site.start('projector2')])
    },
  },
  {
    name: 'broker-killed',
    about: 'Kafka is killed, and started again some seconds later; two listeners spool meanwhile',
    traffic: { seconds: 9 },
    async make(site) {
      const { kafka } = site.options.servers
      await kafka.kill()
      await site.pause(500, 2000)
      await kafka.start()
    },
  },
  {
    name: 'database-killed',
    about: 'MariaDB is killed, and started again',
    async make(site) {
      const { mariadb } = site.options.servers
      await mariadb.kill()
      await site.pause(500, 2000)
      await mariadb.restart()
    },
  },
  {
    name: 'projector-frozen',
    about:
      'One of two projectors stops for longer than its session lasts, and goes on while the other has its partitions',
    traffic: { seconds: 16 },
    async make(site) {
      const projector = site.apps.get(site.random() < 0.5 ? 'projector1' : 'projector2')!
      projector.signal('SIGSTOP')
      await site.pause(11_000, 13_000)
      projector.signal('SIGCONT')
    },
  },
  {
    name: 'broker-frozen',
    about: 'Kafka stops in its tracks, connections open, for longer than appends are tried',
    traffic: { seconds: 9 },
    async make(site) {
      const { kafka } = site.options.servers
      kafka.freeze()
      await site.pause(5500, 7000)
      kafka.thaw()
    },
  },
  {
    name: 'all-killed',
    about: 'Everything of ours, the broker and the database are killed at once, and started again',
    traffic: { seconds: 16 },
    deafens: true,
    async make(site) {
      const { kafka, mariadb } = site.options.servers
      await Promise.all([kafka.kill(), mariadb.kill(), site.kill(...site.options.roles)])
      await site.pause(200, 1000)
      await Promise.all([kafka.start(), mariadb.restart(), ...site.options.roles.map((role) => site.start(role))])
    },
  },
]
