import { Field, ID, Int, ObjectType } from '@nestjs/graphql'
import { Allow, ListSize } from '../schema/allow.js'
import { connectionOf } from './connection.type.js'
import { Presence } from './presence.type.js'
import { SuspendReasonEnum } from './provisioning-enums.js'
import { CallQueue, ConferenceRoom } from './provisioning-service.type.js'
import { PhoneNumber } from './provisioning-trunk.type.js'
import { ProvisionedThing } from './provisioning-thing.type.js'

@ObjectType({
  description: 'Who uses a SIP user; all null once the person was erased, or where the vault is not at hand',
})
export class Person {
  @Field(() => String, { nullable: true }) displayName!: string | null
  @Field(() => String, { nullable: true }) email!: string | null
  @Field(() => String, { nullable: true }) phone!: string | null
}

@ObjectType()
export class UserLimits {
  @Field(() => Int, { nullable: true, description: 'Null for no limit of its own' }) concurrentCalls!: number | null
  @Field(() => Int, { nullable: true, description: 'Null for no limit of its own' }) callsPerMinute!: number | null
}

@ObjectType({ description: 'Somebody or something that registers and calls' })
export class SipUser extends ProvisionedThing {
  @Field(() => String, { description: 'User part of the address of record' }) username!: string
  @Allow('admin', 'operator', 'user')
  @Field(() => Person)
  person!: Person
  @Field(() => Boolean, { description: 'False: cannot register yet' }) hasCredential!: boolean
  @Field(() => UserLimits) limits!: UserLimits
  @Field(() => [String]) aliases!: string[]
  @Field(() => SuspendReasonEnum, { nullable: true, description: 'Why; null when it is not' }) suspended!: string | null
  @Field(() => Presence, { nullable: true, description: 'Null when it was never seen' }) presence!: Presence | null
}
export const SipUserConnection = connectionOf('SipUser', () => SipUser)

@ObjectType({ description: 'All that is provisioned about one person, and where the rest is to be asked for' })
export class PersonData {
  @Field(() => SipUser) user!: SipUser
  @ListSize(10)
  @Field(() => [PhoneNumber], { description: 'Numbers that lead to the user' })
  numbers!: PhoneNumber[]
  @ListSize(10)
  @Field(() => [CallQueue], { description: 'Queues that the user serves' })
  queues!: CallQueue[]
  @ListSize(10)
  @Field(() => [ConferenceRoom], { description: 'Rooms that the user moderates' })
  rooms!: ConferenceRoom[]
  @Field(() => String, {
    description:
      'The argument `user` of activity and presenceOf, and of the filters of calls, messages and registrations',
  })
  callsUser!: string
  @Field(() => ID, { description: 'What the filter of audit takes as `stream`' }) auditStream!: string
}
