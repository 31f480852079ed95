import { describe, expect, it } from '@jest/globals'
import type { TableDefinition } from '@trunkline/ports'
import { columnSql, createTableSql, missingIndexesSql, quote, upsertSql } from './table-sql.js'

const things = {
  name: 'things',
  key: ['owner', 'at'],
  columns: {
    owner: 'text',
    at: 'integer',
    label: 'text',
    story: 'longtext',
    open: 'boolean',
    mos: 'real',
    more: 'json',
  },
  indexes: { things_label: ['label', 'at'] },
} as const satisfies TableDefinition

describe('the SQL of a table', () => {
  it('bounds text in keys and indexes, with room for the mark of a space, and no other', () => {
    const sql = (name: string) => columnSql(things, name)
    expect(sql('owner')).toBe('`owner` VARCHAR(256) NOT NULL')
    expect(sql('label')).toBe('`label` VARCHAR(256)')
    expect(sql('story')).toBe('`story` LONGTEXT')
    expect(['at', 'open', 'mos', 'more'].map(sql)).toEqual([
      '`at` BIGINT NOT NULL',
      '`open` TINYINT',
      '`mos` DOUBLE',
      '`more` LONGTEXT',
    ])
  })

  it.each([1, 2, 3, 4, 5, 8])('keeps an index of %i texts within the 3072 bytes of InnoDB', (count) => {
    const names = Array.from({ length: count }, (_, i) => `t${i}`)
    const columns = Object.fromEntries(names.map((name) => [name, 'text' as const]))
    const table = { name: 'wide', key: [...names, 'n'], columns: { ...columns, n: 'integer' as const } }
    const characters = names.map((name) => Number(/VARCHAR\((\d+)\)/.exec(columnSql(table, name))![1]))
    expect(characters.reduce((sum, one) => sum + 4 * one, 8)).toBeLessThanOrEqual(3072)
  })

  it('makes indexes with the table', () => {
    expect(createTableSql(things)).toMatch(
      /^CREATE TABLE IF NOT EXISTS `things` \(.*PRIMARY KEY \(`owner`, `at`\).*INDEX/,
    )
    expect(createTableSql(things)).toMatch(/utf8mb4_bin$/)
  })

  it('adds an index whose columns no index has, whatever its name', () => {
    expect(missingIndexesSql(things, new Set(['label,at']))).toEqual([])
    expect(missingIndexesSql(things, new Set(['label', 'owner,at']))).toEqual([
      'ALTER TABLE `things` ADD INDEX `things_label` (`label`, `at`)',
    ])
  })

  it('replaces every column but the key, or the key by itself when there is no other', () => {
    expect(upsertSql(things).tail).toBe(
      ' ON DUPLICATE KEY UPDATE ' +
        ['label', 'story', 'open', 'mos', 'more'].map((name) => `\`${name}\` = VALUES(\`${name}\`)`).join(', '),
    )
    const marks = { name: 'marks', key: ['id'], columns: { id: 'integer' } } as const
    expect(upsertSql(marks)).toEqual({
      head: 'INSERT INTO `marks` (`id`) VALUES ',
      tail: ' ON DUPLICATE KEY UPDATE `id` = VALUES(`id`)',
    })
  })

  it.each(['a`b', '', 'a b', '1a', 'a;', 'é'])('takes no name like %j', (name) => {
    expect(() => quote(name)).toThrow(TypeError)
  })
})
