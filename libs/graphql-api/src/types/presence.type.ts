import { Field, ID, Int, ObjectType } from '@nestjs/graphql'
import { Allow } from '../schema/allow.js'
import { DateTime } from '../schema/scalars.js'
import { connectionOf } from './connection.type.js'
import { PresenceActivityEnum, RegistrationStateEnum } from './enums.js'

@ObjectType({ description: 'Whether a user can be reached, and what the user is doing' })
export class Presence {
  @Field(() => String, { description: 'user@domain' }) user!: string
  @Field(() => String) tenant!: string
  @Field(() => Boolean, { description: 'A contact is registered and has not run out' }) online!: boolean
  @Field(() => Int) contacts!: number
  @Field(() => PresenceActivityEnum) activity!: string
  @Field(() => Int) liveCalls!: number
  @Field(() => DateTime, { nullable: true }) changedAt!: number | null
}
export const PresenceConnection = connectionOf('Presence', () => Presence)

@ObjectType({ description: 'One contact of an address of record' })
export class Registration {
  @Field(() => String) switch!: string
  @Field(() => String, { description: 'user@domain' }) aor!: string
  @Field(() => ID) contactId!: string
  @Field(() => String) tenant!: string
  @Allow('admin', 'operator', 'user')
  @Field(() => String, { nullable: true, description: 'Contact URI' })
  contact!: string | null
  @Field(() => String, { nullable: true }) userAgent!: string | null
  @Allow('admin', 'operator', 'user')
  @Field(() => String, { nullable: true, description: 'ip:port the request came from' })
  source!: string | null
  @Field(() => String, { nullable: true }) transport!: string | null
  @Field(() => RegistrationStateEnum) state!: string
  @Field(() => DateTime, { nullable: true }) registeredAt!: number | null
  @Field(() => DateTime) changedAt!: number
  @Field(() => DateTime) expiresAt!: number
}
export const RegistrationConnection = connectionOf('Registration', () => Registration)
