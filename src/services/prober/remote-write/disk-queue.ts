import type { Level } from '../../../push/store/open-level.js';
import { frameRecord, unframeRecord } from '../../../push/store/record-frame.js';
import { asError } from '../../../values/as-error.js';
import type { Clock } from '../../../values/clock.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { NOTE, type QueueContent, type QueueNote, readQueue } from './queue-content.js';
import { isDiskFull, openAndRead, openQueueFolder, type QueueDamage } from './queue-folder.js';
import { missingFrom, QueueMark } from './queue-mark.js';

/** A record with its place in the queue. */
export interface Queued {
  readonly place: string;
  readonly text: string;
}

/** How many records wait, and what they take. */
export interface QueueSize {
  readonly records: number;
  readonly bytes: number;
}

/** Where the queue is. */
export interface DiskQueueOptions {
  readonly folder: string;
  /** The limit on disk. */
  readonly mostBytes: number;
  readonly clock: Pick<Clock, 'monotonicSeconds' | 'wallSeconds'>;
  /** Receives the state of a queue that could not be opened at first, as the disk was full, once it is open. */
  readonly onLate?: (found: FoundQueue) => void;
}

/** The state of the queue when it was opened for the first time. */
export interface FoundQueue {
  /** Records that should be there and are not, or have changed since they were written. */
  readonly missing: number;
  readonly damage?: QueueDamage;
  readonly notes: readonly QueueNote[];
}

const DIGITS = 16;
/** How soon after a failure of the disk the database is opened again at the earliest. */
const REOPEN_SECONDS = 1;
/** The same before it was open for the first time: a damaged one is copied each time. */
const FIRST_REOPEN_SECONDS = 10;

/**
 * Records that wait on disk, in a LevelDB: what was added is there after the process was killed; after the power has
 * failed the last moments may be missing. Of a queue that is full the oldest records are dropped. When the disk fails,
 * whoever comes next opens the database again: LevelDB reads nothing behind a write that failed half-way.
 */
export class DiskQueue {
  readonly #options: DiskQueueOptions;
  /** Undefined after a failure of the disk, until it is open again. */
  #level: Level | undefined;
  #problem = new Error('the queue is not open');
  #reopenAt = -Infinity;
  /** Whether it has been open. */
  #isFound = false;
  /** The sizes of the records, the oldest first. */
  readonly #sizes = new Map<string, number>();
  #bytes = 0;
  #next = 1;
  #dropped = 0;
  /** Operations on the database run one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #pending: string[] = [];
  /** Notes that have not been written yet. */
  readonly #unwritten = new Map<string, Buffer>();
  #found: FoundQueue = { missing: 0, notes: [] };
  #adding: Promise<void> = Promise.resolve();
  readonly #mark: QueueMark;

  private constructor(options: DiskQueueOptions) {
    this.#options = options;
    this.#mark = new QueueMark(options.folder);
  }

  /**
   * Opens the queue, or begins one; a damaged one goes on with what can be read of it. Rejects if another process has
   * it, the disk fails, or other data is there. A disk that is full is no reason to do without a service: with
   * `onLate`, all operations reject until there is room.
   */
  static async open(options: DiskQueueOptions): Promise<DiskQueue> {
    const queue = new DiskQueue(options);
    try {
      await queue.#openFirst();
    } catch (error) {
      if (options.onLate === undefined || !isDiskFull(error)) throw error;
      await queue.#giveUp(error);
    }
    return queue;
  }

  /** Resolves to the state that was found at the beginning. */
  get found(): FoundQueue {
    return this.#found;
  }

  get size(): QueueSize {
    return { records: this.#sizes.size, bytes: this.#bytes };
  }

  /** Records that were dropped because the queue was full, or could not be written or read. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Adds a record; resolves when it is written. Those that come while a write is under way are written together. Notes
   * are written with it or before.
   */
  add(text: string, notes: readonly QueueNote[] = []): Promise<void> {
    for (const note of notes) {
      const key = NOTE + note.name;
      this.#unwritten.set(key, frameRecord(key, { sequence: 0, payload: Buffer.from(note.text) }));
    }
    this.#pending.push(text);
    if (this.#pending.length === 1) this.#adding = this.#addPending();
    return this.#adding;
  }

  /** The oldest records, up to `most`, or fewer that have about `mostBytes`, but one at least. */
  first(most: number, mostBytes = Infinity): Promise<readonly Queued[]> {
    return this.#onLevel(async (level) => {
      const found: Queued[] = [];
      let bytes = 0;
      for await (const [place, value] of level.iterator({ limit: most, lt: NOTE })) {
        const record = unframeRecord(place, value);
        if (record === undefined) {
          this.#dropped++;
          await level.del(place);
          this.#forget(place);
        } else found.push({ place, text: record.payload.toString('utf8') });
        bytes += value.length;
        if (bytes >= mostBytes) break;
        if (loopTurns.isOver()) await loopTurns.next();
      }
      return found;
    });
  }

  remove(places: readonly string[]): Promise<void> {
    return this.#onLevel(async (level) => {
      for (const place of places) this.#forget(place);
      await this.#delete(level, places);
    });
  }

  /** Waits for what is under way. Rejects if the disk fails. */
  async close(): Promise<void> {
    await this.#last;
    this.#problem = new Error('the queue is closed');
    this.#reopenAt = Infinity;
    const level = this.#level;
    this.#level = undefined;
    await level?.close();
  }

  async #addPending(): Promise<void> {
    let count = 0;
    try {
      await this.#onLevel(async (level) => {
        const texts = this.#takePending();
        count = texts.length;
        const notes = [...this.#unwritten];
        const puts = texts.map((text, index) => recordAt(this.#next + index, text));
        await level.batch([...notes, ...puts].map(([key, value]) => ({ type: 'put', key, value })));
        // Numbers that nothing was written for would look like records that are missing.
        this.#next += count;
        for (const [key, value] of notes) if (this.#unwritten.get(key) === value) this.#unwritten.delete(key);
        for (const [place, value] of puts) this.#note(place, value.length);
        await this.#delete(level, this.#oldest());
      });
    } catch (error) {
      this.#dropped += count + this.#takePending().length;
      throw error;
    }
  }

  #takePending(): readonly string[] {
    const taken = this.#pending;
    this.#pending = [];
    return taken;
  }

  /** Does something with the database, after all that was asked before. */
  #onLevel<T>(use: (level: Level) => Promise<T>): Promise<T> {
    const done = this.#last.then(async () => {
      const level = await this.#opened();
      try {
        return await use(level);
      } catch (error) {
        await this.#giveUp(error);
        throw error;
      }
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #opened(): Promise<Level> {
    if (this.#level !== undefined) return this.#level;
    if (this.#options.clock.monotonicSeconds() < this.#reopenAt) throw this.#problem;
    try {
      return await this.#open();
    } catch (error) {
      // The error says only that it did not open; its cause says why.
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      await this.#giveUp(cause);
      throw cause;
    }
  }

  async #open(): Promise<Level> {
    if (!this.#isFound) {
      const level = await this.#openFirst();
      this.#options.onLate?.(this.#found);
      return level;
    }
    return (this.#level = await openAndRead(this.#options.folder, async (level) => {
      this.#dropped += (await this.#look(level)).broken;
    }));
  }

  async #openFirst(): Promise<Level> {
    const { folder, clock } = this.#options;
    let seen: Pick<FoundQueue, 'missing' | 'notes'> = this.#found;
    const look = async (level: Level): Promise<void> => {
      const mark = await this.#mark.read();
      const content = await this.#look(level);
      seen = { missing: missingFrom({ ...content, count: content.sizes.size }, mark), notes: content.notes };
      this.#next = Math.max(this.#next, (mark?.last ?? 0) + 1);
    };
    const stamp = (): string => new Date(clock.wallSeconds() * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const { level, damage } = await openQueueFolder(folder, look, stamp);
    this.#level = level;
    this.#dropped += seen.missing;
    // Without records nobody needs what was noted about them.
    if (this.#sizes.size === 0) await level.clear({ gte: NOTE });
    const notes = this.#sizes.size === 0 ? [] : seen.notes;
    this.#found = { missing: seen.missing, notes, ...(damage && { damage }) };
    this.#isFound = true;
    await this.#delete(level, []);
    return level;
  }

  /** Takes in what is there. */
  async #look(level: Level): Promise<QueueContent> {
    const content = await readQueue(level);
    this.#sizes.clear();
    this.#bytes = 0;
    for (const [place, bytes] of content.sizes) this.#note(place, bytes);
    this.#next = Math.max(this.#next, content.last + 1);
    return content;
  }

  /** Closing may fail as well, which does not matter any more. */
  async #giveUp(error: unknown): Promise<void> {
    this.#problem = asError(error);
    const pause = this.#isFound ? REOPEN_SECONDS : FIRST_REOPEN_SECONDS;
    this.#reopenAt = this.#options.clock.monotonicSeconds() + pause;
    const level = this.#level;
    this.#level = undefined;
    await level?.close().catch(() => undefined);
  }

  /** Deletes records that are forgotten already. */
  async #delete(level: Level, places: readonly string[]): Promise<void> {
    const [first = this.#next] = this.#sizes.keys();
    await this.#mark.write({ first: Number(first), last: this.#next - 1 });
    if (places.length > 0) await level.batch(places.map((key) => ({ type: 'del', key })));
  }

  /** Forgets those for which there is no room. */
  #oldest(): readonly string[] {
    const gone: string[] = [];
    for (const [place] of this.#sizes) {
      if (this.#bytes <= this.#options.mostBytes) break;
      gone.push(place);
      this.#forget(place);
    }
    this.#dropped += gone.length;
    return gone;
  }

  #note(place: string, bytes: number): void {
    this.#sizes.set(place, bytes);
    this.#bytes += bytes;
  }

  #forget(place: string): void {
    this.#bytes -= this.#sizes.get(place) ?? 0;
    this.#sizes.delete(place);
  }
}

function recordAt(number: number, text: string): readonly [place: string, value: Buffer] {
  const place = String(number).padStart(DIGITS, '0');
  return [place, frameRecord(place, { sequence: 0, payload: Buffer.from(text) })];
}
