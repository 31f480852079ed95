import { hoistNamed, sorted, type JsonSchema } from './hoist-named.js'
import { schemaId, type AnyDeclaration } from './published-events.js'

/** JSON Schema (draft 2020-12) of the data of one event type and version; complete in itself. */
export function eventSchema(declaration: AnyDeclaration): JsonSchema {
  const named = new Map<string, JsonSchema>()
  const body = hoistNamed(declaration.schema.json, '#/$defs/', named)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: schemaId(declaration),
    title: `${declaration.type} version ${declaration.version}`,
    description: declaration.description,
    ...body,
    ...(named.size === 0 ? {} : { $defs: sorted(named) }),
  }
}
