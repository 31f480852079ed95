import { Field, ID, Int, ObjectType } from '@nestjs/graphql'
import { ListSize } from '../schema/allow.js'
import { DateTime, Milliseconds } from '../schema/scalars.js'
import { connectionOf } from './connection.type.js'
import { QueueOutcomeEnum } from './enums.js'

@ObjectType({ description: 'One visit of a call to a conference; live while leftAt is null' })
export class ConferenceMember {
  @Field(() => ID) callId!: string
  @Field(() => String) conference!: string
  @Field(() => String) switch!: string
  @Field(() => String, { nullable: true }) memberId!: string | null
  @Field(() => String, { nullable: true }) number!: string | null
  @Field(() => String, { nullable: true }) name!: string | null
  @Field(() => DateTime) joinedAt!: number
  @Field(() => DateTime, { nullable: true }) leftAt!: number | null
  @Field(() => Boolean) kicked!: boolean
}
export const ConferenceMemberConnection = connectionOf('ConferenceMember', () => ConferenceMember)

@ObjectType({ description: 'A conference that has members now' })
export class Conference {
  @Field(() => String) name!: string
  @Field(() => String) switch!: string
  @Field(() => DateTime, { description: 'When the first of the present members joined' }) since!: number
  @ListSize(10)
  @Field(() => [ConferenceMember])
  members!: ConferenceMember[]
}

@ObjectType({ description: 'One visit of a call to a queue; live while leftAt is null' })
export class QueueVisit {
  @Field(() => ID) callId!: string
  @Field(() => String) queue!: string
  @Field(() => String) switch!: string
  @Field(() => String, { description: 'callcenter or fifo' }) kind!: string
  @Field(() => String, { description: 'caller waits, consumer serves' }) role!: string
  @Field(() => String, { nullable: true }) callerNumber!: string | null
  @Field(() => DateTime) joinedAt!: number
  @Field(() => DateTime, { nullable: true }) leftAt!: number | null
  @Field(() => DateTime, { nullable: true }) answeredAt!: number | null
  @Field(() => Milliseconds, { nullable: true }) waitMs!: number | null
  @Field(() => String, { nullable: true }) agent!: string | null
  @Field(() => QueueOutcomeEnum) outcome!: string
}
export const QueueVisitConnection = connectionOf('QueueVisit', () => QueueVisit)

@ObjectType({ description: 'Visits of callers to a queue that began in the given time' })
export class QueueSummary {
  @Field(() => String) queue!: string
  @Field(() => String) kind!: string
  @Field(() => Int) visits!: number
  @Field(() => Int, { description: 'Still waiting' }) waiting!: number
  @Field(() => Int) answered!: number
  @Field(() => Int) abandoned!: number
  @Field(() => Milliseconds, { nullable: true, description: 'Average wait of answered callers' }) averageWaitMs!:
    number | null
  @Field(() => Milliseconds, { nullable: true }) longestWaitMs!: number | null
}
