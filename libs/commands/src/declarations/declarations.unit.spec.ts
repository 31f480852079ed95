import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { COMMANDS } from './commands.js'

describe('every declared command', () => {
  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    '%s has an input that OpenAPI and GraphQL can be made of, with every field of its path',
    (_name, { input, path, result, summary }) => {
      const json = z.toJSONSchema(input as z.ZodType) as Record<string, unknown>
      expect(json).toMatchObject({ type: 'object', additionalProperties: false })
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, field]) => field)
      expect(json['required'] ?? []).toEqual(expect.arrayContaining(inPath))
      expect(json['required'] ?? []).not.toContain('tenant')
      expect(Object.keys(json['properties'] as object)).toContain('tenant')
      if (result !== undefined) expect(z.toJSONSchema(result as z.ZodType)).toMatchObject({ type: 'object' })
      expect(summary).toMatch(/^[A-Z].{10,140}[^.]$/)
    },
  )

  it('has a name and a place of its own', () => {
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length)
    expect(new Set(COMMANDS.map(({ method, path }) => `${method} ${path}`)).size).toBe(COMMANDS.length)
    expect(COMMANDS.length).toBe(39)
  })

  it('have lists that end, so that no body keeps a process busy', () => {
    const endless = COMMANDS.filter(({ input }) => {
      const schema = z.toJSONSchema(input as z.ZodType, { io: 'input' })
      const open: string[] = []
      JSON.stringify(schema, (_key, value: unknown) => {
        const { type, maxItems } = (value ?? {}) as { type?: unknown; maxItems?: unknown }
        if (type === 'array' && maxItems === undefined) open.push('list')
        return value
      })
      return open.length > 0
    })
    expect(endless.map(({ name }) => name)).toEqual([])
  })
})
