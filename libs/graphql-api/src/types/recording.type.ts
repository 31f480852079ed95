import { Field, ID, ObjectType } from '@nestjs/graphql'
import { Allow } from '../schema/allow.js'
import { DateTime, Milliseconds } from '../schema/scalars.js'
import { connectionOf } from './connection.type.js'
import { RecordingStateEnum } from './enums.js'

@ObjectType()
export class Recording {
  @Field(() => ID) id!: string
  @Field(() => ID, { nullable: true }) callId!: string | null
  @Field(() => ID, { nullable: true }) legId!: string | null
  @Field(() => String, { nullable: true }) conference!: string | null
  @Allow('admin', 'operator')
  @Field(() => String, { nullable: true, description: 'Where the switch wrote it' })
  path!: string | null
  @Field(() => RecordingStateEnum) state!: string
  @Field(() => DateTime) startedAt!: number
  @Field(() => DateTime, { nullable: true }) stoppedAt!: number | null
  @Field(() => Milliseconds, { nullable: true, description: 'As the switch claims; null when it did not say' })
  durationMs!: number | null
  @Field(() => String, { nullable: true, description: 'Why it is damaged' }) reason!: string | null
}

export const RecordingConnection = connectionOf('Recording', () => Recording)
