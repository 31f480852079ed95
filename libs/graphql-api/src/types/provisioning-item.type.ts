import { Field, ID, Int, ObjectType } from '@nestjs/graphql'
import { DateTime } from '../schema/scalars.js'
import { connectionOf } from './connection.type.js'
import { ProvisioningStateEnum, ThingKindEnum } from './provisioning-enums.js'

@ObjectType({ description: 'How far one thing has come at one target' })
export class ProvisioningItem {
  @Field(() => String, { description: 'kamailio, or freeswitch:NAME' }) target!: string
  @Field(() => ThingKindEnum) kind!: string
  @Field(() => ID, { description: 'Of the thing' }) id!: string
  @Field(() => String) tenant!: string
  @Field(() => String) name!: string
  @Field(() => Int, { description: 'What the target is to have' }) wantedRevision!: number
  @Field(() => Int, { nullable: true, description: 'What it has; null until it was applied once' }) appliedRevision!:
    number | null
  @Field(() => ProvisioningStateEnum) state!: string
  @Field(() => String, { nullable: true, description: 'Of the last failure' }) reason!: string | null
  @Field(() => Int, { description: 'Failures in a row' }) attempts!: number
  @Field(() => DateTime, { nullable: true }) nextAttemptAt!: number | null
  @Field(() => DateTime) changedAt!: number
}
export const ProvisioningItemConnection = connectionOf('ProvisioningItem', () => ProvisioningItem)
