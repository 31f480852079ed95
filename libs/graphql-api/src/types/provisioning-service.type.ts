import { Field, ID, Int, ObjectType } from '@nestjs/graphql'
import { ListSize } from '../schema/allow.js'
import { connectionOf } from './connection.type.js'
import { ConferenceRecordingEnum, MenuActionKindEnum, QueueStrategyEnum } from './provisioning-enums.js'
import { ProvisionedThing, Target } from './provisioning-thing.type.js'

@ObjectType()
export class ConferenceSettings {
  @Field(() => String, { description: 'For people' }) name!: string
  @Field(() => Int) maxMembers!: number
  @Field(() => ConferenceRecordingEnum) recording!: string
  @Field(() => Boolean) hasPin!: boolean
  @Field(() => Boolean) hasModeratorPin!: boolean
  @Field(() => [ID], { description: 'Users who moderate without a PIN' }) moderators!: string[]
  @Field(() => Boolean) waitForModerator!: boolean
}

@ObjectType({ description: 'A conference that can be dialled' })
export class ConferenceRoom extends ProvisionedThing {
  @Field(() => String, { description: 'What is dialled to enter' }) number!: string
  @Field(() => ConferenceSettings) settings!: ConferenceSettings
}
export const ConferenceRoomConnection = connectionOf('ConferenceRoom', () => ConferenceRoom)

@ObjectType()
export class QueueSettings {
  @Field(() => String, { description: 'For people' }) name!: string
  @Field(() => QueueStrategyEnum) strategy!: string
  @Field(() => String) music!: string
  @Field(() => Boolean) recording!: boolean
  @Field(() => Int, { nullable: true }) maxWaitSeconds!: number | null
  @Field(() => Int, { nullable: true }) maxWaitWithNoAgentSeconds!: number | null
  @Field(() => Int) ringSeconds!: number
  @Field(() => Int) wrapUpSeconds!: number
  @Field(() => Int) tierWaitSeconds!: number
  @Field(() => Int, { nullable: true }) abandonedResumeSeconds!: number | null
  @Field(() => Target, { nullable: true, description: 'Where callers go who waited too long' }) overflow!: Target | null
}

@ObjectType()
export class QueueAgent {
  @Field(() => ID) userId!: string
  @Field(() => Int, { description: '1 is rung first' }) tier!: number
  @Field(() => Int) position!: number
}

@ObjectType({ description: 'A queue that can be dialled' })
export class CallQueue extends ProvisionedThing {
  @Field(() => String, { description: 'What is dialled to enter' }) number!: string
  @Field(() => QueueSettings) settings!: QueueSettings
  @ListSize(20)
  @Field(() => [QueueAgent])
  agents!: QueueAgent[]
}
export const CallQueueConnection = connectionOf('CallQueue', () => CallQueue)

@ObjectType()
export class MenuAction {
  @Field(() => MenuActionKindEnum) kind!: string
  @Field(() => ID, { nullable: true }) id!: string | null
  @Field(() => String, { nullable: true, description: 'For dial' }) name!: string | null
}

@ObjectType()
export class MenuEntry {
  @Field(() => String) digits!: string
  @Field(() => MenuAction) action!: MenuAction
}

@ObjectType()
export class MenuSettings {
  @Field(() => String, { description: 'For people' }) name!: string
  @Field(() => String) greeting!: string
  @Field(() => String, { nullable: true }) shortGreeting!: string | null
  @ListSize(10)
  @Field(() => [MenuEntry])
  entries!: MenuEntry[]
  @Field(() => Int) timeoutSeconds!: number
  @Field(() => Int) interDigitMs!: number
  @Field(() => Int) maxInvalid!: number
  @Field(() => Int) maxTimeouts!: number
  @Field(() => MenuAction) onInvalid!: MenuAction
  @Field(() => MenuAction) onTimeout!: MenuAction
}

@ObjectType({ description: 'A voice menu that can be dialled' })
export class IvrMenu extends ProvisionedThing {
  @Field(() => String, { description: 'What is dialled to enter' }) number!: string
  @Field(() => MenuSettings) settings!: MenuSettings
}
export const IvrMenuConnection = connectionOf('IvrMenu', () => IvrMenu)
