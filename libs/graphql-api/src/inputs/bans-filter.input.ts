import { Field, InputType } from '@nestjs/graphql'
import { DateTime } from '../schema/scalars.js'

@InputType()
export class BansFilter {
  @Field(() => DateTime, { nullable: true, description: 'Set at or after' }) from?: number | null
  @Field(() => DateTime, { nullable: true, description: 'Set before' }) to?: number | null
  @Field(() => String, { nullable: true, description: 'IP address' }) source?: string | null
  @Field(() => String, { nullable: true, description: 'user@domain' }) user?: string | null
  @Field(() => Boolean, { nullable: true, description: 'false: those that are over' }) active?: boolean | null
}
