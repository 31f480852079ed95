import type { ViewTransaction } from '@trunkline/ports'

/** The account with all that is kept of it, but for the audit. */
export async function removeAccount(tx: ViewTransaction, id: string): Promise<void> {
  await tx.run(
    'DELETE FROM account_refresh_tokens WHERE session_id IN (SELECT id FROM account_sessions WHERE account_id = ?)',
    [id],
  )
  await tx.run('DELETE FROM account_sessions WHERE account_id = ?', [id])
  await tx.run('DELETE FROM account_addresses WHERE account_id = ?', [id])
  await tx.run('DELETE FROM accounts WHERE id = ?', [id])
}

/** Takes out of the audit where an account came from and who tried to be it. */
export async function scrubAudit(tx: ViewTransaction, id: string): Promise<void> {
  await tx.run("UPDATE account_audit SET address = '' WHERE actor = ?", [id])
  await tx.run("UPDATE account_audit SET address = '' WHERE account_id = ? AND actor IS NULL", [id])
}
