/** Tables of accounts. They are no views: no rebuild makes them anew. Times are ms since 1970 (UTC). */
import type { TableDefinition } from '@trunkline/ports'

export const accountsTable = {
  name: 'accounts',
  key: ['id'],
  columns: {
    id: 'text',
    /** Unique; writers look before they add one, and write one after the other. */
    name: 'text',
    tenant: 'text',
    role: 'text',
    /** Argon2id, as a PHC string. */
    password: 'text',
    /** When a password that may be used once ends; null for one that its owner has set. */
    once_until: 'integer',
    disabled: 'boolean',
    created_at: 'integer',
    updated_at: 'integer',
    login_at: 'integer',
  },
  indexes: { accounts_name: ['name'], accounts_tenant: ['tenant', 'name'], accounts_role: ['role'] },
} as const satisfies TableDefinition

/** One login; all refresh tokens that followed from it are its family. */
export const sessionsTable = {
  name: 'account_sessions',
  key: ['id'],
  columns: {
    id: 'text',
    account_id: 'text',
    created_at: 'integer',
    /** However often it is refreshed. */
    ends_at: 'integer',
    /** Null while it lasts. */
    ended_at: 'integer',
  },
  indexes: { account_sessions_account: ['account_id'], account_sessions_ends: ['ends_at'] },
} as const satisfies TableDefinition

export const refreshTokensTable = {
  name: 'account_refresh_tokens',
  key: ['hash'],
  columns: {
    /** SHA-256 of the token. */
    hash: 'text',
    session_id: 'text',
    ends_at: 'integer',
    /** Null until it was used. */
    used_at: 'integer',
    used_from: 'text',
    /** What its successor follows from, together with the token itself and a key of the server; null until it was used. */
    salt: 'text',
  },
  indexes: { account_refresh_session: ['session_id'], account_refresh_ends: ['ends_at'] },
} as const satisfies TableDefinition

/** Where an account has logged in from: neither the failures of other addresses nor of its neighbours count against it there. */
export const addressesTable = {
  name: 'account_addresses',
  key: ['account_id', 'address'],
  columns: { account_id: 'text', address: 'text', seen_at: 'integer' },
  indexes: { account_addresses_seen: ['seen_at'] },
} as const satisfies TableDefinition

/** Token buckets of failed logins. Ids are hashes: a password that was typed into the field of the name is not kept. */
export const limitsTable = {
  name: 'account_limits',
  key: ['id'],
  columns: { id: 'text', tokens: 'real', updated_at: 'integer' },
  indexes: { account_limits_updated: ['updated_at'] },
} as const satisfies TableDefinition

/** Who did what when from where. Accounts stand here by their ids alone. */
export const auditTable = {
  name: 'account_audit',
  key: ['id'],
  columns: {
    /** In the order of what was done. */
    id: 'text',
    at: 'integer',
    action: 'text',
    /** Account that did it, `token:NAME` for a token that comes from no login, `console`, or null when nobody proved who. */
    actor: 'text',
    /** Account that it was done to. */
    account_id: 'text',
    tenant: 'text',
    address: 'text',
    details: 'json',
  },
  indexes: {
    account_audit_account: ['account_id', 'id'],
    account_audit_actor: ['actor'],
    account_audit_tenant: ['tenant', 'id'],
    account_audit_at: ['at'],
  },
} as const satisfies TableDefinition

export const ACCOUNT_TABLES: readonly TableDefinition[] = [
  accountsTable,
  sessionsTable,
  refreshTokensTable,
  addressesTable,
  limitsTable,
  auditTable,
]
