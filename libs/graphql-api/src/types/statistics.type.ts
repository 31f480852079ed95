import { Field, Float, Int, ObjectType } from '@nestjs/graphql'
import { DateTime, Milliseconds } from '../schema/scalars.js'
import { DirectionEnum } from './enums.js'

@ObjectType({ description: 'Calls that started in one interval; dimensions that were not asked for are null' })
export class StatisticsBucket {
  @Field(() => DateTime, { description: 'Start of the interval' }) at!: number
  @Field(() => DirectionEnum, { nullable: true }) direction!: string | null
  @Field(() => String, { nullable: true, description: 'Empty text: no trunk' }) trunk!: string | null
  @Field(() => String, {
    nullable: true,
    description: 'Caller of internal and outbound calls, called user of inbound ones; empty text: none',
  })
  user!: string | null
  @Field(() => String, { nullable: true, description: 'Empty text: none' }) cause!: string | null
  @Field(() => Int, { description: 'Attempts' }) volume!: number
  @Field(() => Int) answered!: number
  @Field(() => Float, { nullable: true, description: 'Answer-seizure ratio, 0 to 1 (ITU-T E.411)' }) asr!: number | null
  @Field(() => Float, { nullable: true, description: 'Network effectiveness ratio, 0 to 1 (ITU-T E.425)' }) ner!:
    number | null
  @Field(() => Milliseconds, { nullable: true, description: 'Average duration of answered calls' }) acdMs!:
    number | null
  @Field(() => Milliseconds, { nullable: true, description: 'Average post-dial delay' }) pddMs!: number | null
  @Field(() => Float, { nullable: true, description: 'Average mean opinion score' }) mos!: number | null
  @Field(() => Milliseconds) talkMs!: number
}
