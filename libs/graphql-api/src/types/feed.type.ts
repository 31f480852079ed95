import { Field, ID, Int, ObjectType } from '@nestjs/graphql'
import { Allow } from '../schema/allow.js'
import { DateTime } from '../schema/scalars.js'
import { connectionOf } from './connection.type.js'

@ObjectType({ description: 'A SIP MESSAGE' })
export class Message {
  @Field(() => ID) id!: string
  @Field(() => String) switch!: string
  @Field(() => String, { nullable: true }) fromUser!: string | null
  @Field(() => String, { nullable: true }) toUser!: string | null
  @Field(() => String, { nullable: true }) contentType!: string | null
  @Allow('admin', 'operator', 'user')
  @Field(() => String, { nullable: true })
  body!: string | null
  @Field(() => String, { description: 'received, sent, delivered, stored or failed' }) state!: string
  @Field(() => Int, { nullable: true }) sipStatus!: number | null
  @Field(() => DateTime) receivedAt!: number
}
export const MessageConnection = connectionOf('Message', () => Message)

@ObjectType({ description: 'Something that happened to a user' })
export class Activity {
  @Field(() => ID) id!: string
  @Field(() => String) user!: string
  @Field(() => DateTime) at!: number
  @Field(() => String) what!: string
  @Field(() => ID, { nullable: true }) callId!: string | null
  @Field(() => String, { nullable: true }) detail!: string | null
}
export const ActivityConnection = connectionOf('Activity', () => Activity)

@ObjectType({
  description: 'Credentials that a proxy or switch refused. The text is written by whoever tried: treat it as hostile',
})
export class AuthenticationFailure {
  @Field(() => ID) id!: string
  @Field(() => String) switch!: string
  @Field(() => DateTime) at!: number
  @Field(() => String, { nullable: true, description: 'As claimed' }) user!: string | null
  @Field(() => String, { nullable: true, description: 'ip:port' }) source!: string | null
  @Field(() => String) reason!: string
  @Field(() => String, { nullable: true }) method!: string | null
  @Field(() => String, { nullable: true }) userAgent!: string | null
}
export const AuthenticationFailureConnection = connectionOf('AuthenticationFailure', () => AuthenticationFailure)

@ObjectType({ description: 'A record that no projection could take; kept with its reason until it is replayed' })
export class ParkedRecord {
  @Field(() => String) stream!: string
  @Field(() => Int) partition!: number
  @Field(() => String) position!: string
  @Field(() => String, { nullable: true }) projection!: string | null
  @Field(() => String, { nullable: true }) recordId!: string | null
  @Field(() => String) type!: string
  @Field(() => String) reason!: string
  @Field(() => String, { nullable: true }) record!: string | null
  @Field(() => DateTime) parkedAt!: number
}
export const ParkedRecordConnection = connectionOf('ParkedRecord', () => ParkedRecord)
