import { ConfigError } from '../../values/config-error.js';
import { parseRawBytes } from '../../values/raw-bytes.js';
import type { RawBytes, RawExpectLabel, RawQueryResponse } from '../../values/raw-config.js';
import { atMostOne, inside } from './at-most-one.js';

/** Upstream's rules for the steps of a dialogue, and the rules for the keys that only Sonde has. */
export function* queryResponseRules(steps: readonly RawQueryResponse[]): Generator<ConfigError> {
  for (const [index, step] of steps.entries()) yield* inside(index, stepRules(step));
}

function* stepRules(step: RawQueryResponse): Generator<ConfigError> {
  const { expect, reject, labels = [], expect_bytes: expectBytes, send_bytes: sendBytes } = step;
  if (expect !== undefined && isSet(expectBytes)) {
    yield new ConfigError('expect and expect_bytes are mutually exclusive', ['expect_bytes']);
  }
  if (step.send !== '' && isSet(sendBytes)) {
    yield new ConfigError('send and send_bytes are mutually exclusive', ['send_bytes']);
  }
  if (reject !== undefined && expect === undefined) {
    yield new ConfigError('reject needs an expect beside it: it judges what is read while waiting for that', [
      'reject',
    ]);
  }
  yield* inside('expect_bytes', bytesRules(expectBytes));
  yield* inside('send_bytes', bytesRules(sendBytes));
  yield* inside('labels', labelRules(labels));
}

const NOTATIONS = ['text', 'hex', 'base64'] as const;

function isSet(bytes: RawBytes): boolean {
  return NOTATIONS.some((notation) => bytes[notation] !== '');
}

function* bytesRules(bytes: RawBytes): Generator<ConfigError> {
  yield* atMostOne(bytes, NOTATIONS, 'at most one of text, hex and base64 must be set');
  try {
    parseRawBytes(bytes);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    yield error;
  }
}

/** Upstream loads such labels, and crashes when the text matches. */
function* labelRules(labels: readonly RawExpectLabel[]): Generator<ConfigError> {
  const seen = new Set<string>();
  for (const [index, { name }] of labels.entries()) {
    const why = name === '' ? 'is empty' : name.startsWith('__') ? 'begins with __, which is reserved' : undefined;
    if (why !== undefined) yield new ConfigError(`the label name ${why}; it must be another one`, [index, 'name']);
    else if (seen.has(name)) yield new ConfigError(`the label "${name}" occurs twice in this step`, [index, 'name']);
    seen.add(name);
  }
}
