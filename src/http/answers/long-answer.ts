import type { MetricSet } from '../../metrics/metric-set.js';
import type { StreamedFamily } from '../../metrics/series-list.js';
import { metricSetPieces } from '../../metrics/write-text.js';
import type { Steps } from '../../values/in-slices.js';
import { loopTurns } from '../../values/loop-turns.js';
import type { ExpositionFormat } from './negotiate-format.js';
import type { WrittenMetrics } from './send-metrics.js';
import { expositionPieces } from './write-exposition.js';

/** The pieces of a long set in the form that the client wants; empty ones are pauses. */
export function* longSetPieces(set: MetricSet, format: ExpositionFormat): Generator<Buffer> {
  if (format.kind === 'text') {
    const texts = metricSetPieces(set, {}, format.escaping);
    const pieces: Buffer[] = [];
    for (;;) {
      const { value, done } = texts.next();
      if (done !== true) {
        if (value !== '') pieces.push(Buffer.from(value));
        yield PAUSE;
      } else if (value) {
        yield* pieces;
        return;
      } else break;
    }
  }
  yield* familiesPieces(set.familiesInSteps(), format);
}

/** The pieces of families that are made in steps; empty ones are pauses. */
export function* familiesPieces(steps: Steps<readonly StreamedFamily[]>, format: ExpositionFormat): Generator<Buffer> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done !== true) yield PAUSE;
    else {
      yield* expositionPieces(step.value, format);
      return;
    }
  }
}

const PAUSE = Buffer.alloc(0);

/** The largest answer of metrics in bytes: labels of a server that repeat in each series could make a few of GiB. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Writes pieces in turns, as long as it is not `late`, and they are not too many bytes; otherwise says so. What a
 * server gave may take longer to be written than the probe took.
 */
export async function writtenWithin(
  format: ExpositionFormat,
  pieces: Iterable<Buffer>,
  isLate: () => boolean,
): Promise<WrittenMetrics | 'late' | 'too large'> {
  const written: Buffer[] = [];
  let bytes = 0;
  if (isLate()) return 'late';
  for (const piece of pieces) {
    if (piece.length > 0) written.push(piece);
    bytes += piece.length;
    if (bytes > MOST_BYTES) return 'too large';
    if (!loopTurns.isOver()) continue;
    await loopTurns.soon();
    if (isLate()) return 'late';
  }
  return { format, body: { pieces: written, length: bytes } };
}
