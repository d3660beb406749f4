import type { EscapingScheme } from '../../metrics/escape-name.js';
import type { Sample } from '../../metrics/metric-family.js';
import type { HeldFamily } from '../../metrics/series-list.js';
import { PAUSE } from '../../metrics/shared-pieces.js';
import { sampleWriter } from '../../metrics/write-text.js';
import { PackedSeries } from './packed-series.js';
import { SERIES_A_STEP } from './series-checks.js';
import { inOrder } from './series-in-order.js';
import { TextPieces } from './text-pieces.js';
import { SeriesOrder, WrittenLines } from './written-lines.js';

/**
 * Writes the samples of a family in the text format, in upstream's order, without HELP and TYPE, in pieces; empty ones
 * are moments at which others may have their turn.
 */
export function* writeLines(family: HeldFamily, escaping: EscapingScheme): Generator<Buffer> {
  const write = sampleWriter(family.name, escaping);
  const { samples } = family;
  if (!(samples instanceof PackedSeries) || samples.facts.isInOrder || !(yield* writePacked(samples, write))) {
    yield* writeEach(inOrder(family), write);
  }
}

/** Lines in the order in which they are read. */
function* writeEach(samples: Iterable<Sample | undefined>, write: (sample: Sample) => string): Generator<Buffer> {
  const lines = new TextPieces();
  for (const sample of samples) {
    if (sample === undefined) yield PAUSE;
    else if (lines.add(write(sample))) yield* lines.pieces();
  }
  yield* lines.pieces();
}

/**
 * Writes series that are not in order: no more of one is an object for long than the text that it is sorted by. False
 * where there is none, and then nothing was written.
 */
function* writePacked(samples: PackedSeries, write: (sample: Sample) => string): Generator<Buffer, boolean> {
  const lines = new WrittenLines(samples.length);
  const order = new SeriesOrder();
  let count = 0;
  for (const sample of samples) {
    if (!order.add(sample)) return false;
    lines.add(write(sample));
    if (++count % SERIES_A_STEP === 0) yield PAUSE;
  }
  const steps = order.places();
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) yield PAUSE;
  yield* lines.pieces(step.value);
  return true;
}
