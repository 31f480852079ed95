import { Field, ID, Int, ObjectType } from '@nestjs/graphql'
import { DateTime, Json } from '../schema/scalars.js'
import { connectionOf } from './connection.type.js'

@ObjectType({ description: 'One thing that was done' })
export class AuditEntry {
  @Field(() => ID, { description: 'Position among all that was done' }) position!: string
  @Field(() => DateTime) at!: number
  @Field(() => String) tenant!: string
  @Field(() => String, { description: 'User of the API; empty when it was no user' }) actor!: string
  @Field(() => String, { description: 'Type of the event' }) type!: string
  @Field(() => String, { description: 'The thing: KIND-ID' }) stream!: string
  @Field(() => Int, { description: 'Of the thing, by this' }) revision!: number
  @Field(() => String, { description: 'Command that it came of' }) commandId!: string
  @Field(() => String) correlationId!: string
  @Field(() => Json, { description: 'What the event says, without secrets, their ids and personal data' })
  summary!: unknown
}
export const AuditEntryConnection = connectionOf('AuditEntry', () => AuditEntry)
