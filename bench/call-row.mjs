import { callsTable } from '@trunkline/projection'

const columns = Object.keys(callsTable.columns)

/** A row of the table of calls, with text of ordinary length in every column. */
export const callRow = (number) =>
  Object.fromEntries(
    columns.map((column) => {
      if (column === 'id') return [column, `${String(number).padStart(8, '0')}-aaaa-4bbb-8ccc-ddddeeeeffff`]
      if (column === 'details')
        return [
          column,
          JSON.stringify({
            related: [],
            transfers: [],
            timeline: Array(8).fill({ at: number, what: 'leg answered', legId: 'x', detail: '1001' }),
          }),
        ]
      return [column, callsTable.columns[column] === 'text' ? `text ${number % 97}` : number]
    }),
  )
