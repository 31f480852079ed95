import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { withMutations } from '../mutations/with-mutations.js'
import { RESOLVERS } from '../resolvers/index.js'

const HEADER = '# Generated from the code by `npm run schema`. `npm run schema:check` fails when it differs.\n\n'

/** The schema in its own language, sorted, as it is committed in `schema.graphql`. */
export async function printApiSchema(): Promise<string> {
  const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, { logger: false })
  try {
    const schema = withMutations(await app.get(GraphQLSchemaFactory).create([...RESOLVERS]))
    return `${HEADER}${printSchema(lexicographicSortSchema(schema))}\n`
  } finally {
    await app.close()
  }
}
