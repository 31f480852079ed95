import { Field, ID, InputType, Int } from '@nestjs/graphql'
import { DateTime } from '../schema/scalars.js'
import { ProvisioningStateEnum, ThingKindEnum, ThingStatusEnum } from '../types/provisioning-enums.js'

@InputType({ description: 'All conditions must hold' })
export class ThingsFilter {
  @Field(() => String, { nullable: true, description: 'SIP domain; for a viewer of all tenants' }) tenant?:
    string | null
  @Field(() => String, {
    nullable: true,
    description: 'User name, name of the trunk, number or value begins with; in either case',
  })
  name?: string | null
  @Field(() => ThingStatusEnum, { nullable: true, description: 'All but what was removed, when left out' })
  status?: string | null
}

@InputType({ description: 'Waits up to 5 s until the view knows a change; VIEWS_BEHIND when that takes longer' })
export class AtLeast {
  @Field(() => ID, { description: 'Of a thing of the list' }) id!: string
  @Field(() => Int, { description: 'As a command answered it' }) revision!: number
}

@InputType({ description: 'All conditions must hold' })
export class AuditFilter {
  @Field(() => DateTime, { nullable: true, description: 'Done at or after' }) from?: number | null
  @Field(() => DateTime, { nullable: true, description: 'Done before' }) to?: number | null
  @Field(() => String, { nullable: true, description: 'SIP domain; for a viewer of all tenants' }) tenant?:
    string | null
  @Field(() => String, { nullable: true, description: 'User of the API' }) actor?: string | null
  @Field(() => String, { nullable: true, description: 'One thing: KIND-ID' }) stream?: string | null
}

@InputType({ description: 'All conditions must hold' })
export class ProvisioningItemsFilter {
  @Field(() => String, { nullable: true, description: 'SIP domain; for a viewer of all tenants' }) tenant?:
    string | null
  @Field(() => ProvisioningStateEnum, { nullable: true }) state?: string | null
  @Field(() => String, { nullable: true, description: 'The kind must be given too' }) target?: string | null
  @Field(() => ThingKindEnum, { nullable: true }) kind?: string | null
  @Field(() => ID, { nullable: true, description: 'Of the thing; its kind must be given too' }) id?: string | null
}
