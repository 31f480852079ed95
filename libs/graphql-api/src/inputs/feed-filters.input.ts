import { Field, InputType } from '@nestjs/graphql'
import { DateTime } from '../schema/scalars.js'
import {
  CallEventTypeEnum,
  DirectionEnum,
  QueueOutcomeEnum,
  RecordingStateEnum,
  RegistrationStateEnum,
} from '../types/enums.js'

@InputType()
export class RegistrationsFilter {
  @Field(() => String, { nullable: true }) user?: string | null
  @Field(() => String, { nullable: true }) switch?: string | null
  @Field(() => RegistrationStateEnum, { nullable: true, description: 'registered leaves out what has run out' })
  state?: string | null
}

@InputType()
export class RecordingsFilter {
  @Field(() => DateTime, { nullable: true }) from?: number | null
  @Field(() => DateTime, { nullable: true }) to?: number | null
  @Field(() => RecordingStateEnum, { nullable: true }) state?: string | null
}

@InputType()
export class MessagesFilter {
  @Field(() => DateTime, { nullable: true }) from?: number | null
  @Field(() => DateTime, { nullable: true }) to?: number | null
  @Field(() => String, { nullable: true, description: 'Sender or receiver' }) user?: string | null
  @Field(() => String, { nullable: true }) state?: string | null
}

@InputType()
export class ConferenceMembersFilter {
  @Field(() => DateTime, { nullable: true, description: 'Joined at or after' }) from?: number | null
  @Field(() => DateTime, { nullable: true, description: 'Joined before' }) to?: number | null
  @Field(() => String, { nullable: true }) conference?: string | null
  @Field(() => Boolean, { nullable: true }) live?: boolean | null
}

@InputType()
export class QueueVisitsFilter {
  @Field(() => DateTime, { nullable: true, description: 'Joined at or after' }) from?: number | null
  @Field(() => DateTime, { nullable: true, description: 'Joined before' }) to?: number | null
  @Field(() => String, { nullable: true }) queue?: string | null
  @Field(() => Boolean, { nullable: true }) live?: boolean | null
  @Field(() => QueueOutcomeEnum, { nullable: true }) outcome?: string | null
}

@InputType()
export class AuthenticationFailuresFilter {
  @Field(() => DateTime, { nullable: true }) from?: number | null
  @Field(() => DateTime, { nullable: true }) to?: number | null
  @Field(() => String, { nullable: true, description: 'As claimed' }) user?: string | null
  @Field(() => String, { nullable: true, description: 'ip:port, or an address that it begins with' }) source?:
    string | null
}

@InputType({ description: 'All conditions must hold' })
export class CallEventsFilter {
  @Field(() => [CallEventTypeEnum], { nullable: true }) types?: string[] | null
  @Field(() => String, { nullable: true, description: 'user@domain, or a user of your tenant' }) user?: string | null
  @Field(() => String, { nullable: true }) callId?: string | null
  @Field(() => String, { nullable: true }) trunk?: string | null
  @Field(() => DirectionEnum, { nullable: true }) direction?: string | null
  @Field(() => String, { nullable: true }) queue?: string | null
  @Field(() => Boolean, { nullable: true, description: 'Also dialogs of a proxy that a call tells of already' })
  includeHops?: boolean | null
}
