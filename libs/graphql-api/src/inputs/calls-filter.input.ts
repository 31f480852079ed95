import { Field, Float, ID, InputType } from '@nestjs/graphql'
import { DateTime, Milliseconds } from '../schema/scalars.js'
import { CallStateEnum, DirectionEnum, DispositionEnum } from '../types/enums.js'

@InputType({ description: 'All conditions must hold' })
export class CallsFilter {
  @Field(() => DateTime, { nullable: true, description: 'Started at or after' }) from?: number | null
  @Field(() => DateTime, { nullable: true, description: 'Started before' }) to?: number | null
  @Field(() => String, { nullable: true, description: 'user@domain, or a user of your tenant; took part on any side' })
  user?: string | null
  @Field(() => String, { nullable: true, description: 'Either side begins with' }) number?: string | null
  @Field(() => String, { nullable: true, description: 'Caller begins with' }) fromNumber?: string | null
  @Field(() => String, { nullable: true, description: 'Dialled number begins with' }) toNumber?: string | null
  @Field(() => String, { nullable: true }) trunk?: string | null
  @Field(() => DirectionEnum, { nullable: true }) direction?: string | null
  @Field(() => [DispositionEnum], { nullable: true }) disposition?: string[] | null
  @Field(() => String, { nullable: true, description: 'Hangup cause' }) cause?: string | null
  @Field(() => Milliseconds, { nullable: true, description: 'Talked at least' }) minDurationMs?: number | null
  @Field(() => Milliseconds, { nullable: true, description: 'Talked at most' }) maxDurationMs?: number | null
  @Field(() => Float, { nullable: true }) minMos?: number | null
  @Field(() => Float, { nullable: true }) maxMos?: number | null
  @Field(() => String, { nullable: true }) queue?: string | null
  @Field(() => String, { nullable: true }) conference?: string | null
  @Field(() => [CallStateEnum], { nullable: true }) state?: string[] | null
  @Field(() => String, { nullable: true, description: 'Found in a number, name or user of either side' }) text?:
    string | null
  @Field(() => ID, { nullable: true }) conversationId?: string | null
  @Field(() => Boolean, { nullable: true, description: 'Also dialogs of a proxy that a call tells of already' })
  includeHops?: boolean | null
}
