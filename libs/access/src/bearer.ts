/** The token of an `Authorization: Bearer …` header (RFC 6750), undefined when there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const match = /^Bearer +([\w.~+/=-]+) *$/i.exec(header)
  return match?.[1]
}
