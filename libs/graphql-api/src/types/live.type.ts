import { Field, ID, ObjectType } from '@nestjs/graphql'
import { ListSize } from '../schema/allow.js'
import { DateTime } from '../schema/scalars.js'
import { Call } from './call.type.js'
import { CallEventTypeEnum, MessageKindEnum } from './enums.js'
import { Presence } from './presence.type.js'

const cursor = { description: 'Give it as `after` to go on from here; opaque' }

@ObjectType({ description: 'Something that happened to a call, with the call as it stood then' })
export class CallEvent {
  @Field(() => ID) id!: string
  @Field(() => CallEventTypeEnum) type!: string
  @Field(() => DateTime) at!: number
  @Field(() => Call) call!: Call
}

@ObjectType()
export class CallEventMessage {
  @Field(() => String, cursor) cursor!: string
  @Field(() => MessageKindEnum, { description: 'snapshot: the place from which events follow, without an event' })
  kind!: string
  @Field(() => CallEvent, { nullable: true }) event!: CallEvent | null
}

@ObjectType()
export class LiveCallsMessage {
  @Field(() => String, cursor) cursor!: string
  @Field(() => MessageKindEnum) kind!: string
  @ListSize(10)
  @Field(() => [Call], { description: 'snapshot: all live calls; change: live calls as they stand now' })
  calls!: Call[]
  @ListSize(10)
  @Field(() => [Call], { description: 'Calls that are live no more' })
  ended!: Call[]
}

@ObjectType()
export class PresenceMessage {
  @Field(() => String, cursor) cursor!: string
  @Field(() => MessageKindEnum) kind!: string
  @ListSize(10)
  @Field(() => [Presence], { description: 'snapshot: all users asked for; change: users as they stand now' })
  users!: Presence[]
}
