import { readFileSync } from 'node:fs';
import { REPOSITORY } from '../peer.js';

/** What the real programs answer to the raw requests. */
export const RECORDED_ANSWERS = JSON.parse(
  readFileSync(`${REPOSITORY}/test/fixtures/raw-requests.json`, 'utf8'),
) as Readonly<Record<string, readonly string[]>>;
