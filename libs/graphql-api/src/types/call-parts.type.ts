import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql'
import { Allow } from '../schema/allow.js'
import { DateTime, Milliseconds } from '../schema/scalars.js'
import { AnswererKindEnum, HowEnum, LegRoleEnum, QueueOutcomeEnum } from './enums.js'

@ObjectType({ description: 'One side of a call' })
export class Party {
  @Field(() => String, { nullable: true, description: 'As dialled or shown; null when withheld' }) number!:
    string | null
  @Field(() => String, { nullable: true }) name!: string | null
  @Field(() => String, { nullable: true, description: 'user@domain when the party is one of our users' }) user!:
    string | null
}

@ObjectType({ description: 'Who or what answered' })
export class Answerer {
  @Field(() => AnswererKindEnum) kind!: string
  @Field(() => String, { nullable: true }) number!: string | null
  @Field(() => String, { nullable: true }) name!: string | null
  @Field(() => String, { nullable: true }) user!: string | null
  @Field(() => ID, { nullable: true }) legId!: string | null
}

@ObjectType({ description: 'Quality of the audio received from the far end' })
export class Quality {
  @Field(() => Float, { nullable: true, description: 'Mean opinion score, 1 to 5' }) mos!: number | null
  @Field(() => Float, { nullable: true }) jitterMs!: number | null
  @Field(() => Float, { nullable: true }) lossPercent!: number | null
  @Field(() => Int, { nullable: true }) packetsReceived!: number | null
}

@ObjectType({ description: 'One connection of the switch with a phone, a trunk or itself' })
export class Leg {
  @Field(() => ID) id!: string
  @Field(() => LegRoleEnum) role!: string
  @Field(() => String, { description: 'Seen from the switch: inbound or outbound' }) direction!: string
  @Field(() => String, { nullable: true }) number!: string | null
  @Field(() => String, { nullable: true }) name!: string | null
  @Field(() => String, { nullable: true }) user!: string | null
  @Field(() => String, { nullable: true }) sipCallId!: string | null
  @Field(() => String, { nullable: true }) gateway!: string | null
  @Allow('admin', 'operator')
  @Field(() => String, { nullable: true, description: 'IP address of the far end' })
  networkAddress!: string | null
  @Allow('admin', 'operator')
  @Field(() => String, { nullable: true })
  userAgent!: string | null
  @Field(() => DateTime) startedAt!: number
  @Field(() => DateTime, { nullable: true }) ringingAt!: number | null
  @Field(() => DateTime, { nullable: true }) answeredAt!: number | null
  @Field(() => DateTime, { nullable: true }) endedAt!: number | null
  @Field(() => Milliseconds) talkMs!: number
  @Field(() => String, { nullable: true, description: 'Hangup cause (Q.850 name)' }) cause!: string | null
  @Field(() => Int, { nullable: true }) sipStatus!: number | null
  @Field(() => String, { nullable: true, description: 'peer or switch' }) hungUpBy!: string | null
  @Field(() => String, { nullable: true }) codec!: string | null
  @Field(() => Quality, { nullable: true }) quality!: Quality | null
  @Field(() => HowEnum) how!: string
}

@ObjectType()
export class Transfer {
  @Field(() => String, { description: 'blind, attended or api' }) type!: string
  @Field(() => DateTime) at!: number
  @Field(() => String, { nullable: true, description: 'Number of who transferred; null when a command did' }) by!:
    string | null
  @Field(() => String, { nullable: true }) transferee!: string | null
  @Field(() => String, { nullable: true }) target!: string | null
}

@ObjectType()
export class Hold {
  @Field(() => String, { nullable: true, description: 'Number of who held' }) by!: string | null
  @Field(() => ID) legId!: string
  @Field(() => DateTime) from!: number
  @Field(() => DateTime, { nullable: true }) to!: number | null
}

@ObjectType({ description: 'A visit of this call to a queue' })
export class CallQueueVisit {
  @Field(() => String) name!: string
  @Field(() => String, { description: 'callcenter or fifo' }) kind!: string
  @Field(() => DateTime) joinedAt!: number
  @Field(() => DateTime, { nullable: true }) leftAt!: number | null
  @Field(() => DateTime, { nullable: true }) answeredAt!: number | null
  @Field(() => Milliseconds, { nullable: true }) waitMs!: number | null
  @Field(() => String, { nullable: true }) agent!: string | null
  @Field(() => QueueOutcomeEnum) outcome!: string
  @Field(() => String, { description: 'caller waits, consumer serves' }) role!: string
}

@ObjectType({ description: 'A visit of this call to a conference' })
export class CallConferenceVisit {
  @Field(() => String) name!: string
  @Field(() => String, { nullable: true }) memberId!: string | null
  @Field(() => DateTime) joinedAt!: number
  @Field(() => DateTime, { nullable: true }) leftAt!: number | null
  @Field(() => Boolean) kicked!: boolean
}

@ObjectType()
export class Parking {
  @Field(() => String) lot!: string
  @Field(() => String) slot!: string
  @Field(() => String, { nullable: true }) by!: string | null
  @Field(() => DateTime) parkedAt!: number
  @Field(() => DateTime, { nullable: true }) retrievedAt!: number | null
  @Field(() => String, { nullable: true }) retrievedBy!: string | null
}

@ObjectType()
export class Voicemail {
  @Field(() => String) box!: string
  @Field(() => Boolean) leftMessage!: boolean
}

@ObjectType({ description: 'How the end of a call is known' })
export class Knowledge {
  @Field(() => HowEnum) how!: string
  @Field(() => DateTime, { nullable: true }) notBefore!: number | null
  @Field(() => DateTime, { nullable: true }) notAfter!: number | null
  @Field(() => String, { nullable: true }) reason!: string | null
}

@ObjectType()
export class TimelineEntry {
  @Field(() => DateTime) at!: number
  @Field(() => String) what!: string
  @Field(() => ID, { nullable: true }) legId!: string | null
  @Field(() => String, { nullable: true }) detail!: string | null
}
