import { ArgsType, Field, Int } from '@nestjs/graphql'
import { DEFAULT_PAGE, MAXIMUM_PAGE } from '../paging/index.js'

const FIRST =
  `1 to ${MAXIMUM_PAGE}; ${DEFAULT_PAGE} when left out. ` +
  'A search that few rows pass may give fewer with hasNextPage true: go on from endCursor'

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: FIRST }) first?: number | null
  @Field(() => String, { nullable: true }) after?: string | null
  @Field(() => Int, { nullable: true, description: `1 to ${MAXIMUM_PAGE}, from the end` }) last?: number | null
  @Field(() => String, { nullable: true }) before?: string | null
}
