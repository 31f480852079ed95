import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql'
import { ListSize } from '../schema/allow.js'
import { DateTime, Milliseconds } from '../schema/scalars.js'
import { TargetKindEnum, ThingStatusEnum } from './provisioning-enums.js'
import { ProvisioningItem } from './provisioning-item.type.js'

/** What every provisioned thing has. */
@ObjectType({ isAbstract: true })
export abstract class ProvisionedThing {
  @Field(() => ID) id!: string
  @Field(() => String, { description: 'SIP domain' }) tenant!: string
  @Field(() => ThingStatusEnum) status!: string
  @Field(() => Int, { description: 'As commands answer it, and take it as expectedRevision' }) revision!: number
  @Field(() => DateTime) createdAt!: number
  @Field(() => DateTime) updatedAt!: number
  @ListSize(3)
  @Field(() => [ProvisioningItem], { description: 'How far its newest change has come at each target' })
  provisioning!: ProvisioningItem[]
}

@ObjectType({ description: 'Where a call is sent: a thing of the tenant by its id, or what a dialled name leads to' })
export class Target {
  @Field(() => TargetKindEnum) kind!: string
  @Field(() => ID, { nullable: true }) id!: string | null
  @Field(() => String, { nullable: true, description: 'For dial' }) name!: string | null
}

@ObjectType({ description: 'Calls that started within a time; sums of whole hours' })
export class CallFigures {
  @Field(() => Int, { description: 'Attempts' }) volume!: number
  @Field(() => Int) answered!: number
  @Field(() => Float, { nullable: true, description: 'Answer-seizure ratio, 0 to 1 (ITU-T E.411)' }) asr!: number | null
  @Field(() => Float, { nullable: true, description: 'Network effectiveness ratio, 0 to 1 (ITU-T E.425)' }) ner!:
    number | null
  @Field(() => Milliseconds) talkMs!: number
  @Field(() => Milliseconds, { nullable: true, description: 'Average duration of answered calls' }) acdMs!:
    number | null
  @Field(() => Milliseconds, { nullable: true, description: 'Average post-dial delay' }) pddMs!: number | null
  @Field(() => Float, { nullable: true, description: 'Average mean opinion score' }) mos!: number | null
}
