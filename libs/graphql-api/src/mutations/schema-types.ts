import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
  isEnumType,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'
import { DateTime } from '../schema/scalars.js'
import { enumName } from './enum-names.js'
import type { Field, Shape } from './json-shape.js'

/** Makes GraphQL types of shapes; enums are shared with each other and with the schema that is there. */
export class SchemaTypes {
  private readonly enums = new Map<string, GraphQLEnumType>()
  private readonly named = new Map<string, GraphQLObjectType>()

  constructor(private readonly schema: GraphQLSchema) {}

  /** `name`: of the object that the shape is, or stands in. */
  input(shape: Shape, name: string): GraphQLInputType {
    switch (shape.kind) {
      case 'object':
        return new GraphQLInputObjectType({
          name: `${name}Input`,
          description: shape.description,
          fields: fieldsOf(shape.fields, ({ shape: inner, required }, field) => ({
            type: needed(this.input(inner, inName(name, field)), required && !inner.nullable),
            description: inner.description,
          })),
        })
      case 'list':
        return new GraphQLList(needed(this.input(shape.item, name), !shape.item.nullable))
      case 'isoTime':
        return GraphQLString
      default:
        return this.leaf(shape, name)
    }
  }

  output(shape: Shape, name: string): GraphQLOutputType {
    switch (shape.kind) {
      case 'object': {
        const known = shape.id === undefined ? undefined : this.named.get(shape.id)
        if (known !== undefined) return known
        const type = new GraphQLObjectType({
          name: shape.id ?? name,
          description: shape.description,
          fields: fieldsOf(shape.fields, ({ shape: inner, required }, field) => ({
            type: needed(this.output(inner, inName(name, field)), required && !inner.nullable),
            description: inner.description,
          })),
        })
        if (shape.id !== undefined) this.named.set(shape.id, type)
        return type
      }
      case 'list':
        return new GraphQLList(needed(this.output(shape.item, name), !shape.item.nullable))
      default:
        return this.leaf(shape, name)
    }
  }

  private leaf(shape: Exclude<Shape, { kind: 'object' | 'list' }>, place: string) {
    switch (shape.kind) {
      case 'string':
        return GraphQLString
      case 'boolean':
        return GraphQLBoolean
      case 'int':
        return GraphQLInt
      case 'float':
        return GraphQLFloat
      case 'time':
      case 'isoTime':
        return DateTime
      case 'enum':
        return this.enum(shape.words, place)
    }
  }

  private enum(words: readonly string[], place: string): GraphQLEnumType {
    const name = enumName(words)
    if (name === undefined) throw new Error(`${place}: give the words ${words.join(', ')} a name in enum-names.ts`)
    const there = this.enums.get(name) ?? this.schema.getType(name)
    if (there !== undefined) {
      const same = isEnumType(there) && words.every((word) => there.getValues().some(({ value }) => value === word))
      if (!same) throw new Error(`${place}: the schema has another type ${name}`)
      return there
    }
    const type = new GraphQLEnumType({
      name,
      values: Object.fromEntries(words.map((word) => [word.replace(/[-.]/g, '_'), { value: word }])),
    })
    this.enums.set(name, type)
    return type
  }
}

function fieldsOf<T>(fields: Readonly<Record<string, Field>>, make: (field: Field, name: string) => T) {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, make(field, name)]))
}

function needed<T extends GraphQLInputType | GraphQLOutputType>(type: T, isNeeded: boolean): T {
  return isNeeded ? (new GraphQLNonNull(type) as unknown as T) : type
}

const inName = (name: string, field: string) => `${name}${field.charAt(0).toUpperCase()}${field.slice(1)}`
