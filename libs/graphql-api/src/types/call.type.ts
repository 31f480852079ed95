import { Field, ID, Int, ObjectType } from '@nestjs/graphql'
import { ListSize } from '../schema/allow.js'
import { DateTime, Milliseconds } from '../schema/scalars.js'
import {
  Answerer,
  CallConferenceVisit,
  CallQueueVisit,
  Hold,
  Knowledge,
  Leg,
  Parking,
  Party,
  Quality,
  TimelineEntry,
  Transfer,
  Voicemail,
} from './call-parts.type.js'
import { connectionOf } from './connection.type.js'
import { CallStateEnum, DirectionEnum, DispositionEnum, HungUpByEnum, LifecycleEnum, RelationEnum } from './enums.js'
import { Recording } from './recording.type.js'

@ObjectType({ description: "One caller's attempt, with every leg that served it" })
export class Call {
  @Field(() => ID) id!: string
  @Field(() => ID, { description: 'Calls that touch share it' }) conversationId!: string
  @Field(() => String, { description: 'call, or hop for a dialog of a proxy that a call tells of already' })
  kind!: string
  @ListSize(4)
  @Field(() => [RelatedCall])
  related!: RelatedCall[]
  @Field(() => String) switch!: string
  @Field(() => String, { description: 'SIP domain' }) tenant!: string
  @Field(() => DirectionEnum) direction!: string
  @Field(() => Party) from!: Party
  @Field(() => Party, { description: 'Number as dialled' }) to!: Party
  @Field(() => CallStateEnum) state!: string
  @Field(() => LifecycleEnum) lifecycle!: string
  @Field(() => DispositionEnum, { nullable: true }) disposition!: string | null
  @Field(() => DateTime) startedAt!: number
  @Field(() => DateTime, { nullable: true }) ringingAt!: number | null
  @Field(() => DateTime, { nullable: true }) answeredAt!: number | null
  @Field(() => DateTime, { nullable: true }) endedAt!: number | null
  @Field(() => Milliseconds, { nullable: true }) ringMs!: number | null
  @Field(() => Milliseconds, { nullable: true }) talkMs!: number | null
  @Field(() => Milliseconds) holdMs!: number
  @Field(() => Milliseconds, { nullable: true, description: 'Post-dial delay: start to first ringing or early media' })
  pddMs!: number | null
  @Field(() => String, { nullable: true, description: 'Hangup cause (Q.850 name)' }) cause!: string | null
  @Field(() => Int, { nullable: true }) sipStatus!: number | null
  @Field(() => HungUpByEnum, { nullable: true }) hungUpBy!: string | null
  @Field(() => Answerer, { nullable: true }) answeredBy!: Answerer | null
  @Field(() => String, { nullable: true, description: 'Null for internal calls' }) trunk!: string | null
  @Field(() => String, { nullable: true, description: 'Number that an outside caller dialled' }) did!: string | null
  @Field(() => String, {
    nullable: true,
    description: 'Where the dialplan sent the caller, when not to the dialled number',
  })
  routedTo!: string | null
  @Field(() => CallQueueVisit, { nullable: true, description: 'The last visit to a queue' })
  queue!: CallQueueVisit | null
  @ListSize(2)
  @Field(() => [CallQueueVisit])
  queueVisits!: CallQueueVisit[]
  @Field(() => CallConferenceVisit, { nullable: true, description: 'The last visit to a conference' })
  conference!: CallConferenceVisit | null
  @ListSize(2)
  @Field(() => [CallConferenceVisit])
  conferenceVisits!: CallConferenceVisit[]
  @Field(() => Parking, { nullable: true }) parking!: Parking | null
  @Field(() => Voicemail, { nullable: true }) voicemail!: Voicemail | null
  @ListSize(2)
  @Field(() => [Transfer])
  transfers!: Transfer[]
  @ListSize(2)
  @Field(() => [Hold])
  holds!: Hold[]
  @ListSize(2)
  @Field(() => [Recording])
  recordings!: Recording[]
  @Field(() => Quality, { nullable: true, description: 'Of the worst leg' }) quality!: Quality | null
  @Field(() => Knowledge) known!: Knowledge
  @ListSize(5)
  @Field(() => [Leg])
  legs!: Leg[]
  @ListSize(20)
  @Field(() => [TimelineEntry])
  timeline!: TimelineEntry[]
  @Field(() => Int, { description: 'Grows with every change' }) revision!: number
}

@ObjectType({ description: 'A call that touches this one' })
export class RelatedCall {
  @Field(() => ID) callId!: string
  @Field(() => RelationEnum) relation!: string
  @Field(() => Call, { nullable: true, description: 'Null when it is not yours to see' }) call!: Call | null
}

export const CallConnection = connectionOf('Call', () => Call)
