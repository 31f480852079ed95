import { ViewStoreUnavailableError } from '@trunkline/ports'
import { isLost } from './mysql-errors.js'
import { openSession, type Session, type SessionOptions } from './session.js'

interface Waiter {
  readonly take: (session: Session | undefined) => void
  readonly fail: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/**
 * Connections for readers, opened when needed and lent out one by one. The driver's own pool keeps a connection lent
 * whose answer is overdue, and then lets everybody wait without end.
 */
export class ReaderPool {
  readonly #options: SessionOptions
  readonly #most: number
  readonly #free: Session[] = []
  readonly #waiting: Waiter[] = []
  #open = 0
  #closed = false
  #emptied: (() => void) | undefined

  constructor(options: SessionOptions, most: number) {
    this.#options = options
    this.#most = most
  }

  /**
   * Lends a connection. `work`, which only reads, is run once more when the connection broke and was not new: it may
   * have been lost long before. Waits no longer for a connection than for an answer.
   */
  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const { session, isNew } = await this.#take()
    try {
      const result = await work(session)
      this.#giveBack(session)
      return result
    } catch (error) {
      if (!isLost(error) && !session.isLost) {
        this.#giveBack(session)
        throw error
      }
      this.#drop(session)
      if (isNew || isOverdue(error) || this.#closed) throw error
      // the others were opened at the same time, and to the same server
      for (const other of this.#free.splice(0)) this.#drop(other)
      return this.use(work)
    }
  }

  /** Closes what is free, and waits for what is lent. */
  async close(): Promise<void> {
    this.#closed = true
    for (const waiter of this.#waiting.splice(0)) this.#refuse(waiter, 'the view store is closed')
    const emptied = new Promise<void>((resolve) => (this.#emptied = resolve))
    for (const session of this.#free.splice(0)) this.#leave(session)
    if (this.#open > 0) await emptied
  }

  async #take(): Promise<{ session: Session; isNew: boolean }> {
    for (let session = this.#free.pop(); session !== undefined; session = this.#free.pop()) {
      if (!session.isLost) return { session, isNew: false }
      this.#drop(session)
    }
    if (this.#open >= this.#most) {
      const session = await this.#wait()
      if (session !== undefined) return { session, isNew: false }
    } else this.#open += 1
    try {
      return { session: await openSession(this.#options), isNew: true }
    } catch (error) {
      this.#freeOne()
      throw error
    }
  }

  /** Gives a connection, or undefined: the right to open one. */
  #wait(): Promise<Session | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        this.#refuse(waiter, 'all connections of readers have been in use for too long')
      }, this.#options.answerMs)
      const waiter: Waiter = { take: resolve, fail: reject, timer }
      this.#waiting.push(waiter)
    })
  }

  #refuse({ timer, fail }: Waiter, why: string): void {
    clearTimeout(timer)
    fail(new ViewStoreUnavailableError(why))
  }

  #giveBack(session: Session): void {
    if (session.isLost) return this.#drop(session)
    const waiter = this.#waiting.shift()
    if (waiter !== undefined) {
      clearTimeout(waiter.timer)
      waiter.take(session)
    } else if (this.#closed) this.#leave(session)
    else this.#free.push(session)
  }

  #drop(session: Session): void {
    session.destroy()
    this.#freeOne()
  }

  #leave(session: Session): void {
    void session
      .end()
      .catch(() => session.destroy())
      .finally(() => this.#freeOne())
  }

  /** One connection less: whoever waits longest may open another. */
  #freeOne(): void {
    const waiter = this.#waiting.shift()
    if (waiter !== undefined) {
      clearTimeout(waiter.timer)
      return waiter.take(undefined)
    }
    this.#open -= 1
    if (this.#closed && this.#open === 0) this.#emptied?.()
  }
}

const isOverdue = (error: unknown) => (error as { code?: unknown }).code === 'PROTOCOL_SEQUENCE_TIMEOUT'
