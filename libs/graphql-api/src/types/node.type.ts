import { Field, ID, Int, ObjectType } from '@nestjs/graphql'
import { Allow, ListSize } from '../schema/allow.js'
import { DateTime } from '../schema/scalars.js'

@ObjectType({ description: 'A time in which events of a switch may have been lost' })
export class Gap {
  @Field(() => ID) id!: string
  @Field(() => String) switch!: string
  @Field(() => String) reason!: string
  @Field(() => DateTime, { nullable: true }) from!: number | null
  @Field(() => DateTime) to!: number
  @Field(() => Int, { nullable: true, description: 'Sessions that were missed, when known' }) missed!: number | null
}

@ObjectType({ description: 'A FreeSWITCH or Kamailio that is listened to' })
export class Switch {
  @Field(() => String) name!: string
  @Field(() => String, { nullable: true }) kind!: string | null
  @Field(() => String, { description: 'connected or disconnected' }) state!: string
  @Field(() => String, { nullable: true }) version!: string | null
  @Allow('admin', 'operator')
  @Field(() => String, { nullable: true })
  hostname!: string | null
  @Field(() => DateTime, { nullable: true }) connectedAt!: number | null
  @Field(() => DateTime, { nullable: true }) lastEventAt!: number | null
  @Field(() => DateTime, { nullable: true }) lastHeartbeatAt!: number | null
  @Field(() => DateTime, { nullable: true }) upSince!: number | null
  @Allow('admin', 'operator')
  @Field(() => Int, { nullable: true, description: 'Sessions of all tenants' })
  sessions!: number | null
  @Field(() => Int, { description: 'Number of gaps so far' }) gapCount!: number
  @ListSize(20)
  @Field(() => [Gap], { description: 'The newest gaps, at most 20' })
  gaps!: Gap[]
}

@ObjectType({ description: 'A trunk as a switch sees it' })
export class Gateway {
  @Field(() => String) switch!: string
  @Field(() => String) name!: string
  @Field(() => String, { nullable: true }) profile!: string | null
  @Field(() => String, { description: 'As the switch names it: REGED, FAIL_WAIT, …' }) state!: string
  @Field(() => Boolean) up!: boolean
  @Field(() => Int, { nullable: true }) sipStatus!: number | null
  @Field(() => String, { nullable: true }) reason!: string | null
  @Field(() => DateTime, { nullable: true }) changedAt!: number | null
}
