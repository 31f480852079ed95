import { join } from 'node:path'
import type { ViewStore } from '@trunkline/ports'
import type { Config } from '@trunkline/runtime'
import { openSqliteViewStore } from '@trunkline/sqlite'

/** The view store that the settings name: MySQL, or a file in the data folder. Throws when `MYSQL_URL` cannot be read. */
export async function openViewStore(
  { dataDir, mysqlUrl }: Pick<Config, 'dataDir' | 'mysqlUrl'>,
  { readonly = false }: { readonly readonly?: boolean } = {},
): Promise<ViewStore> {
  if (mysqlUrl !== undefined) {
    const { openMysqlViewStore } = await import('@trunkline/mysql')
    return openMysqlViewStore({ url: mysqlUrl })
  }
  return openSqliteViewStore({ file: join(dataDir, 'views.sqlite'), readonly })
}
