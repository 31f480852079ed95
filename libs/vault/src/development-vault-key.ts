import { developmentSecret } from '@trunkline/access'

const FILE = 'vault-key'
const BYTES = 32

/**
 * The vault's key in development mode: kept in the data folder, readable by its owner only, and made at first use. What
 * the file holds can be given as VAULT_KEY later.
 */
export function developmentVaultKey(dataDir: string): Buffer {
  return Buffer.from(developmentSecret(dataDir, { file: FILE, bytes: BYTES }), 'base64url')
}
