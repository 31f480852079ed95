import type { z } from 'zod'
import type { CommandDeclaration } from '../command.js'

/** Keeps the types of one declaration, which the list of all forgets. */
export function declareCommand<Input, Result = undefined>(
  declaration: CommandDeclaration<Input, Result>,
): CommandDeclaration<Input, Result> {
  return declaration
}

/** What the input of a declared command is once it is checked. */
export type InputOf<D> = D extends { readonly input: z.ZodType<infer Input> } ? Input : never
