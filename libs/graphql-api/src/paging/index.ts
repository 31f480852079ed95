export * from './keyset-cursor.js'
export * from './keyset-page.js'
export * from './page-request.js'
export * from './windowed-page.js'
