import { Field, ID, Int, ObjectType } from '@nestjs/graphql'
import { Allow, ListSize } from '../schema/allow.js'
import { DateTime } from '../schema/scalars.js'
import { connectionOf } from './connection.type.js'
import { Gateway } from './node.type.js'
import {
  AliasTargetKindEnum,
  BlockReasonEnum,
  CallerMatchEnum,
  CodecEnum,
  RouteKindEnum,
  TrunkTransportEnum,
} from './provisioning-enums.js'
import { ProvisionedThing, Target } from './provisioning-thing.type.js'

@ObjectType()
export class TrunkHost {
  @Field(() => String, { description: 'Name or address' }) host!: string
  @Field(() => Int) port!: number
}

@ObjectType()
export class TrunkRegistration {
  @Field(() => String) domain!: string
  @Field(() => Int) expiresSeconds!: number
}

@ObjectType()
export class TrunkLimits {
  @Field(() => Int, { nullable: true, description: 'Null for no limit' }) callsPerSecond!: number | null
  @Field(() => Int, { nullable: true, description: 'Null for no limit' }) concurrentCalls!: number | null
}

@ObjectType()
export class TrunkSettings {
  @ListSize(4)
  @Field(() => [TrunkHost], { description: 'In the order in which they are tried' })
  hosts!: TrunkHost[]
  @Field(() => TrunkTransportEnum) transport!: string
  @Field(() => TrunkRegistration, { nullable: true, description: 'Null when we do not register there' })
  registration!: TrunkRegistration | null
  @Field(() => [CodecEnum], { description: 'In order of preference' }) codecs!: string[]
  @Field(() => TrunkLimits) limits!: TrunkLimits
  @Field(() => [String], { description: 'Where its calls may come from, beside its hosts' }) allowList!: string[]
}

@ObjectType()
export class TrunkAuthentication {
  @Field(() => String) username!: string
  @Field(() => String, { nullable: true, description: 'Null for whatever the provider asks with' }) realm!:
    string | null
}

@ObjectType({ description: 'A way to a provider' })
export class Trunk extends ProvisionedThing {
  @Field(() => String) name!: string
  @Field(() => Boolean, { description: 'It carries calls' }) active!: boolean
  @Field(() => TrunkSettings) settings!: TrunkSettings
  @Field(() => TrunkAuthentication, {
    nullable: true,
    description: 'How we prove who we are, never the password; null when the provider knows us by our address',
  })
  auth!: TrunkAuthentication | null
  @Allow('admin', 'operator')
  @ListSize(4)
  @Field(() => [Gateway], { description: 'The trunk as switches see it' })
  gateways!: Gateway[]
}
export const TrunkConnection = connectionOf('Trunk', () => Trunk)

@ObjectType({ description: 'A telephone number of ours (DID)' })
export class PhoneNumber extends ProvisionedThing {
  @Field(() => String, { description: 'E.164' }) number!: string
  @Field(() => Target, { nullable: true, description: 'Null when it leads nowhere' }) target!: Target | null
}
export const PhoneNumberConnection = connectionOf('PhoneNumber', () => PhoneNumber)

@ObjectType()
export class RouteTarget {
  @Field(() => AliasTargetKindEnum) kind!: string
  @Field(() => ID, { nullable: true }) id!: string | null
  @Field(() => String, { nullable: true, description: 'For dial' }) name!: string | null
}

@ObjectType()
export class RouteTrunk {
  @Field(() => ID) trunkId!: string
  @Field(() => Int, { description: '0 is tried first' }) priority!: number
  @Field(() => Int, { description: 'Percent of the calls among the trunks of one priority' }) weight!: number
}

@ObjectType({ description: 'What does not belong to its kind is null' })
export class Route {
  @Field(() => ID) id!: string
  @Field(() => RouteKindEnum) kind!: string
  @Field(() => String, { nullable: true, description: 'alias: pattern of dialled names' }) pattern!: string | null
  @Field(() => RouteTarget, { nullable: true, description: 'alias' }) target!: RouteTarget | null
  @Field(() => String, { nullable: true, description: 'external: how dialled numbers begin' }) prefix!: string | null
  @Field(() => Int, { nullable: true, description: 'external: among those of one prefix, 0 first' }) priority!:
    number | null
  @Field(() => Int, { nullable: true, description: 'external: characters taken off the front' }) strip!: number | null
  @Field(() => String, { nullable: true, description: 'external: digits put before' }) prepend!: string | null
  @ListSize(4)
  @Field(() => [RouteTrunk], { nullable: true, description: 'external' })
  trunks!: RouteTrunk[] | null
}

@ObjectType({ description: 'Where dialled names and numbers of a tenant lead. Its id is the tenant' })
export class RouteSet extends ProvisionedThing {
  @ListSize(50)
  @Field(() => [Route], { description: 'In their order' })
  rules!: Route[]
}

@ObjectType({ description: 'A caller who is refused; of the tenant * for all tenants' })
export class BlockedCaller extends ProvisionedThing {
  @Field(() => CallerMatchEnum) match!: string
  @Field(() => String) value!: string
  @Field(() => BlockReasonEnum) reason!: string
  @Field(() => DateTime, { nullable: true, description: 'Null for never' }) expiresAt!: number | null
}
export const BlockedCallerConnection = connectionOf('BlockedCaller', () => BlockedCaller)
