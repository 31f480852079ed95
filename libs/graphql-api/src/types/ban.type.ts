import { Field, ID, Int, ObjectType } from '@nestjs/graphql'
import { DateTime } from '../schema/scalars.js'
import { connectionOf } from './connection.type.js'

@ObjectType({ description: 'An address that is silenced, or one user refused from it, for having guessed passwords' })
export class Ban {
  @Field(() => ID) id!: string
  @Field(() => String) switch!: string
  @Field(() => String, { description: 'IP address' }) source!: string
  @Field(() => String, {
    nullable: true,
    description: 'user@domain that is refused from there, as claimed; null when the whole address is silenced',
  })
  user!: string | null
  @Field(() => String, { description: 'password: wrong ones of one user; scan: failures with many users' })
  reason!: string
  @Field(() => Int, { nullable: true, description: 'How many distinct ones led to it' }) attempts!: number | null
  @Field(() => DateTime) setAt!: number
  @Field(() => DateTime) expiresAt!: number
  @Field(() => DateTime, { nullable: true }) liftedAt!: number | null
  @Field(() => String, { nullable: true, description: 'expired, operator, renewed or restarted' })
  liftedBy!: string | null
  @Field(() => Boolean) active!: boolean
}
export const BanConnection = connectionOf('Ban', () => Ban)
