/** Token buckets by key (RFC 2697 in spirit), in memory; full buckets are forgotten. */
export class TokenBuckets {
  private readonly buckets = new Map<string, { tokens: number; at: number }>()

  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
    private readonly now: () => number = Date.now,
    private readonly maxKeys = 100_000,
  ) {}

  /** Takes `tokens` when there are any left; a dear request may overdraw once and is paid for by waiting. */
  take(key: string, tokens = 1): boolean {
    const at = this.now()
    const bucket = this.refilled(key, at)
    if (bucket.tokens < 1) return false
    bucket.tokens -= tokens
    return true
  }

  private refilled(key: string, at: number): { tokens: number; at: number } {
    const known = this.buckets.get(key)
    if (known === undefined) {
      if (this.buckets.size >= this.maxKeys) this.sweep(at)
      const fresh = { tokens: this.burst, at }
      this.buckets.set(key, fresh)
      return fresh
    }
    known.tokens = Math.min(this.burst, known.tokens + (Math.max(0, at - known.at) / 1000) * this.perSecond)
    known.at = at
    return known
  }

  private sweep(at: number): void {
    const fullAfter = (this.burst / this.perSecond) * 1000
    for (const [key, bucket] of this.buckets) if (at - bucket.at >= fullAfter) this.buckets.delete(key)
    // Still full of busy keys: the oldest entries go, so that memory stays bounded whatever comes.
    for (const key of this.buckets.keys()) {
      if (this.buckets.size < this.maxKeys) break
      this.buckets.delete(key)
    }
  }
}
