import type { ServiceLog } from '../../../log/service-log.js';
import { messageOf } from '../../../values/as-error.js';
import type { Clock } from '../../../values/clock.js';
import { loopTurns } from '../../../values/loop-turns.js';
import type { Platform } from '../../platform.js';
import type { ResultSink } from '../schedule/schedule-service.js';
import { DiskQueue, type FoundQueue } from './disk-queue.js';
import type { RecordSteps } from './recorded-result.js';
import { Recorder } from './recorder.js';
import { RemoteWriteMetrics } from './remote-write-metrics.js';
import type { RemoteWriteOptions } from './remote-write-options.js';
import { RemoteWriter } from './remote-writer.js';
import { WriteReceiver } from './write-receiver.js';

/**
 * Opens the queue and makes what sends from it; what waits in it when it is stopped is sent after the next start.
 * Rejects with an Error if the queue cannot be had.
 */
export async function openRemoteWrite(
  options: RemoteWriteOptions,
  { platform, log }: { readonly platform: Platform; readonly log: ServiceLog },
): Promise<ResultSink> {
  const { externalLabels, histograms } = options;
  const { clock } = platform;
  const metadata = () => recorder.metadata;
  const receiver = await WriteReceiver.open(options.source, { platform, log, metadata, histograms });
  const queue = await openQueue(options, { clock, log, onLate: ({ notes }) => recorder.learn(notes) });
  const recorder = new Recorder(clock.wallSeconds, histograms, queue.found.notes);
  const metrics = new RemoteWriteMetrics(queue, receiver);
  const writer = new RemoteWriter({
    ...{ queue, metrics, log, clock, externalLabels, random: Math.random },
    receiver: receiver.current,
  });
  const putting = new Putting({ queue, recorder, writer, log });
  return {
    onResult: (target, before) => putting.put(recorder.result(target, before)),
    onGone: (target) => putting.put(recorder.end(target)),
    gatherers: [metrics.gather],
    start: () => writer.start(),
    reload: () => reload(receiver, writer),
    stop: async () => {
      await writer.stop();
      await putting.done();
      await closeQueue(queue, log);
    },
  };
}

async function reload(receiver: WriteReceiver, writer: RemoteWriter): Promise<string | undefined> {
  const { problem, isChanged } = await receiver.reload();
  if (isChanged) writer.goOn();
  return problem;
}

/** The service has to end, whatever the disk says. */
async function closeQueue(queue: DiskQueue, log: ServiceLog): Promise<void> {
  await queue.close().catch((error: unknown) => {
    log.error('The queue of remote write cannot be closed', { err: messageOf(error) });
  });
}

interface Keeping {
  readonly queue: DiskQueue;
  readonly recorder: Recorder;
  readonly writer: RemoteWriter;
  readonly log: ServiceLog;
}

/** Keeps results one after the other, in turns with other work, and has them sent. */
class Putting {
  readonly #deps: Keeping;
  readonly #waiting: RecordSteps[] = [];
  #running = Promise.resolve();
  #isRunning = false;
  #isLosing = false;

  constructor(deps: Keeping) {
    this.#deps = deps;
  }

  put(records: RecordSteps): void {
    this.#waiting.push(records);
    if (!this.#isRunning) this.#running = this.#run();
  }

  /** Resolves when the queue has what was put. */
  done(): Promise<void> {
    return this.#running;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      for (const record of next) {
        if (record !== undefined) this.#add(JSON.stringify(record));
        if (loopTurns.isOver()) await loopTurns.next();
      }
    }
    this.#isRunning = false;
  }

  #add(text: string): void {
    const { queue, recorder } = this.#deps;
    queue.add(text, recorder.takeNews()).then(this.#kept, this.#lost);
  }

  readonly #kept = (): void => {
    if (this.#isLosing) this.#deps.log.info('Results are kept for remote write again');
    this.#isLosing = false;
    this.#deps.writer.notify();
  };

  readonly #lost = (error: unknown): void => {
    if (!this.#isLosing) {
      this.#deps.log.error('Results cannot be kept for remote write, they are dropped', { err: messageOf(error) });
    }
    this.#isLosing = true;
  };
}

interface QueueDeps {
  readonly clock: Clock;
  readonly log: ServiceLog;
  readonly onLate: (found: FoundQueue) => void;
}

async function openQueue(
  { queue: folder, queueBytes }: RemoteWriteOptions,
  { clock, log, onLate }: QueueDeps,
): Promise<DiskQueue> {
  const late = (found: FoundQueue): void => {
    onLate(found);
    sayWhatIsMissing(queue, folder, log);
  };
  const queue = await DiskQueue.open({ folder, mostBytes: queueBytes, clock, onLate: late }).catch((error: unknown) => {
    throw new Error(`cannot use --remote-write.queue="${folder}": ${messageOf(error)}`, { cause: error });
  });
  sayWhatIsMissing(queue, folder, log);
  return queue;
}

function sayWhatIsMissing({ found, size }: DiskQueue, folder: string, log: ServiceLog): void {
  const { missing, damage } = found;
  const counts = { queue: folder, results_kept: String(size.records), results_missing: String(missing) };
  if (damage !== undefined) {
    log.error('The queue of remote write was damaged and has been repaired; what could not be read is gone from it', {
      ...counts,
      err: damage.why,
      damaged_queue_kept_as: damage.copy,
    });
  } else if (missing > 0) log.error('Results are missing in the queue of remote write: it was damaged', counts);
}
