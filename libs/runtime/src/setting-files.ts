import { readFileSync } from 'node:fs'
import type { Environment } from './config.js'

/** Ends the name of a variable that names a file with the value: `JWT_SECRET_FILE` instead of `JWT_SECRET`. */
export const FILE_SUFFIX = '_FILE'

/** Whether a variable has a value; blank is not set. */
export const isSet = (value: string | undefined): value is string => value !== undefined && value.trim() !== ''

/**
 * Reads every setting that is given by a file, as orchestrators hand out secrets: `X_FILE` names the file, and its
 * content without the white space around it is the value of `X`. Gives the settings as if they had been set
 * directly, and in words what is wrong; no content of a file is in them.
 */
export function readSettingFiles(
  env: Environment,
  names: readonly string[],
): { readonly env: Environment; readonly problems: readonly string[] } {
  const values: Record<string, string | undefined> = { ...env }
  const problems: string[] = []
  for (const name of names) {
    const variable = `${name}${FILE_SUFFIX}`
    const path = env[variable]?.trim()
    if (!isSet(path)) continue
    if (isSet(env[name])) {
      problems.push(`${name} and ${variable}: set one of them, not both`)
      continue
    }
    const { value, problem } = contentOf(path)
    values[name] = value
    if (problem !== undefined) problems.push(`${variable}: ${problem}`)
  }
  return { env: values, problems }
}

function contentOf(path: string): { value?: string; problem?: string } {
  try {
    const value = readFileSync(path, 'utf8').trim()
    return value === '' ? { problem: `${path} is empty` } : { value }
  } catch (error) {
    return { problem: `${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}` }
  }
}
