/** The compose files of the repository, as plain data. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

export interface Service {
  readonly image?: string
  readonly build?: { readonly context: string }
  readonly command?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly restart?: string
  readonly init?: boolean
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean; readonly interval?: string }
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly tmpfs?: readonly string[]
  readonly secrets?: readonly string[]
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly ipv4_address: string }>>
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly logging?: { readonly options: Readonly<Record<string, string>> }
  readonly stop_grace_period?: string
  readonly deploy?: { readonly resources?: { readonly limits?: { readonly cpus: string; readonly memory: string } } }
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>
  readonly volumes: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
}

export const COMPOSE_FOLDER = 'infra/compose'
export const COMPOSE_FILES = ['compose.yaml', 'compose.simulated.yaml']

export function composeFile(name: string): ComposeFile {
  return parse(readFileSync(`${COMPOSE_FOLDER}/${name}`, 'utf8'), { merge: true, maxAliasCount: -1 }) as ComposeFile
}

export const networksOf = ({ networks = [] }: Service): string[] =>
  Array.isArray(networks) ? [...(networks as readonly string[])] : Object.keys(networks)
