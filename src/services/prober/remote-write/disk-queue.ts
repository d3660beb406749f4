import type { Level } from '../../../push/store/open-level.js';
import { frameRecord, unframeRecord } from '../../../push/store/record-frame.js';
import { asError } from '../../../values/as-error.js';
import type { Clock } from '../../../values/clock.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { openAndRead, openQueueFolder, type QueueDamage } from './queue-folder.js';

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
}

/** Something about the records that has to be there as long as they are, by a name. */
export interface QueueNote {
  readonly name: string;
  readonly text: string;
}

/** The state of the queue when it was opened for the first time. */
export interface FoundQueue {
  /** Records that should be there and are not, or have changed since they were written. */
  readonly missing: number;
  readonly damage?: QueueDamage;
  readonly notes: readonly QueueNote[];
}

/** The content of a database; `missing` includes the `broken` ones. */
interface Seen extends Omit<FoundQueue, 'damage'> {
  /** Records that have changed since they were written. */
  readonly broken: number;
}

const DIGITS = 16;
const PLACE = /^\d{16}$/;
/** Notes stand behind the records. */
const NOTE = 'note:';
/** More than anybody has written. */
const MOST_NOTES = 10_000;
/** How soon after a failure of the disk the database is opened again at the earliest. */
const REOPEN_SECONDS = 1;

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

  private constructor(options: DiskQueueOptions) {
    this.#options = options;
  }

  /**
   * Opens the queue, or begins one; a damaged one goes on with what can be read of it. Rejects if another process has
   * it, the disk fails, or other data is there.
   */
  static async open(options: DiskQueueOptions): Promise<DiskQueue> {
    const queue = new DiskQueue(options);
    await queue.#openFirst();
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
      await level.batch(places.map((key) => ({ type: 'del', key })));
      for (const place of places) this.#forget(place);
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
        await this.#shrink(level);
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
    return (this.#level = await openAndRead(this.#options.folder, async (level) => {
      this.#dropped += (await this.#look(level)).broken;
    }));
  }

  async #openFirst(): Promise<void> {
    const { folder, clock } = this.#options;
    let seen: Seen = { ...this.#found, broken: 0 };
    const look = async (level: Level): Promise<void> => {
      seen = await this.#look(level);
    };
    const stamp = (): string => new Date(clock.wallSeconds() * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const { level, damage } = await openQueueFolder(folder, look, stamp);
    this.#level = level;
    this.#dropped += seen.missing;
    // Without records nobody needs what was noted about them.
    if (this.#sizes.size === 0) await level.clear({ gte: NOTE });
    const notes = this.#sizes.size === 0 ? [] : seen.notes;
    this.#found = { missing: seen.missing, notes, ...(damage && { damage }) };
  }

  /** Takes in what is there; records that have changed since they were written are deleted. */
  async #look(level: Level): Promise<Seen> {
    this.#sizes.clear();
    this.#bytes = 0;
    const notes: QueueNote[] = [];
    const broken: string[] = [];
    let [first, last] = [0, 0];
    for await (const [key, value] of level.iterator()) {
      if (!PLACE.test(key) && !key.startsWith(NOTE))
        throw new Error('there is a database in this folder that is no queue of remote write');
      if (PLACE.test(key)) [first, last] = [first || Number(key), Number(key)];
      const record = unframeRecord(key, value);
      if (record === undefined) broken.push(key);
      else if (PLACE.test(key)) this.#note(key, value.length);
      else if (notes.length < MOST_NOTES)
        notes.push({ name: key.slice(NOTE.length), text: record.payload.toString('utf8') });
    }
    this.#next = Math.max(this.#next, last + 1);
    await level.batch(broken.map((key) => ({ type: 'del', key })));
    const missing = last === 0 ? 0 : last - first + 1 - this.#sizes.size;
    return { missing, broken: broken.length, notes };
  }

  /** Closing may fail as well, which does not matter any more. */
  async #giveUp(error: unknown): Promise<void> {
    this.#problem = asError(error);
    this.#reopenAt = this.#options.clock.monotonicSeconds() + REOPEN_SECONDS;
    const level = this.#level;
    this.#level = undefined;
    await level?.close().catch(() => undefined);
  }

  async #shrink(level: Level): Promise<void> {
    const gone: string[] = [];
    for (const [place] of this.#sizes) {
      if (this.#bytes <= this.#options.mostBytes) break;
      gone.push(place);
      this.#forget(place);
    }
    this.#dropped += gone.length;
    if (gone.length > 0) await level.batch(gone.map((key) => ({ type: 'del', key })));
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
