/** A server of the tester's own, MySQL 8 say, beside the MariaDB that tests start: `TEST_MYSQL_URL=mysql://user:password@host:3306`. */
import { createConnection } from 'mysql2/promise'

export const OTHER_MYSQL = process.env['TEST_MYSQL_URL']

/** Makes the database `trunkline_test_NAME` anew, empty, and gives its address. */
export async function emptyDatabase(server: string, name: string): Promise<string> {
  const database = `trunkline_test_${name}`
  const connection = await createConnection(server)
  try {
    await connection.query(`DROP DATABASE IF EXISTS \`${database}\``)
    await connection.query(`CREATE DATABASE \`${database}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
  } finally {
    await connection.end()
  }
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}
