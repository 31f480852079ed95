/** What is shown in the place of a secret. */
export const MASK = '***'

/**
 * Takes credentials out of every URL in a text: the user part before `@`, and values of parameters that are named
 * like secrets.
 */
export function maskUrls(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s,]*@/gi, `$1${MASK}@`)
    .replace(
      /([?&](?:password|passwd|pwd|secret|token|access_token|key|api_key|auth|signature|sig)=)[^&#\s,]*/gi,
      `$1${MASK}`,
    )
}
