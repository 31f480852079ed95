/** A fact of the size that a switch event has after translation, about 600 bytes of JSON. */
export function fact(number) {
  return {
    id: `5f4d3c2b-1a09-4e8d-9c7b-6a5948372615/${number}`,
    type: number % 2 === 0 ? 'channel.created' : 'channel.answered',
    version: 1,
    key: 'pbx1',
    time: 1_780_000_000_000_000 + number * 1000,
    data: {
      core: '5f4d3c2b-1a09-4e8d-9c7b-6a5948372615',
      seq: number,
      channel: `${String(number).padStart(8, '0')}-aaaa-4bbb-8ccc-ddddeeeeffff`,
      name: 'sofia/internal/1001@example.org',
      direction: 'inbound',
      callerNumber: '1001',
      callerName: 'Alice',
      destination: '1002',
      context: 'default',
      networkAddress: '192.0.2.17',
      state: 'CS_EXECUTE',
      callState: 'ACTIVE',
      answerState: 'answered',
      times: { created: 1_780_000_000_000_000, answered: 1_780_000_003_000_000 },
      vars: { sip_call_id: `${number}@192.0.2.17`, sip_from_host: 'example.org', user_name: '1001' },
    },
  }
}

export function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]
}

/** Rows of [what, per second, ratio]. */
export function print(title, rows) {
  process.stdout.write(`\n${title}\n`)
  const width = Math.max(...rows.map(([what]) => what.length))
  for (const [what, perSecond, ratio] of rows) {
    const rate = Math.round(perSecond).toLocaleString('en')
    process.stdout.write(`  ${what.padEnd(width)}  ${rate.padStart(12)}/s  ${ratio.toFixed(2)}\n`)
  }
}
