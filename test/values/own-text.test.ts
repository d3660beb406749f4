import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { ProbeFailure } from '../../src/probe/failure.js';
import { ProbeLog } from '../../src/probe/probe-log.js';
import { ProbeNotes } from '../../src/probe/report/probe-notes.js';
import { NOT_NOTED } from '../../src/probe/used-secrets.js';
import { ReadLog } from '../../src/probers/query-response/read-log.js';
import { systemClock } from '../../src/values/clock.js';
import { ownText } from '../../src/values/own-text.js';
import { LONGEST_SHOWN, shownText } from '../../src/values/shown-text.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MIB = 1024 * 1024;
const MANY = 32;

/** A repeated text would be a tree of its parts, and small; Node puts longer ones than this outside of V8's heap. */
function flat(character: number): string {
  return Buffer.alloc(1_000_000, character).toString('latin1');
}

/** What is held by what `keep` returns of each of 32 texts of 1 MB, in MiB. */
function heldMib(keep: (text: string) => unknown): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: MANY }, (_, index) => keep(flat(0x61 + index)));
  collect();
  const held = (process.memoryUsage().heapUsed - before) / MIB;
  return kept.length === MANY ? held : NaN;
}

/** Has what a target said while it finds a failure. */
class Exchange {
  readonly #said: string;

  constructor(said: string) {
    this.#said = said;
  }

  fail(): ProbeFailure {
    return new ProbeFailure('transfer', 'response_malformed', `${this.#said.length} bytes`);
  }
}

t.test('a text stays as it is', (t) => {
  for (const text of ['', 'abc', 'é€𝄞', '\ud800', '\udc00x', '\0']) t.equal(ownText(text), text);
  t.end();
});

t.test('what is kept of long texts does not keep them', (t) => {
  const log = new ProbeLog(systemClock);
  const readLog = new ReadLog({ log: new ProbeLog(systemClock), notes: new ProbeNotes(), secrets: NOT_NOTED });
  const rows: readonly (readonly [name: string, keep: (text: string) => unknown])[] = [
    ['a part', (text) => ownText(text.slice(0, 1000))],
    ['what is shown', (text) => shownText(text)],
    ['a line of a log', (text) => log.debug('x', { err: `x${text}` })],
    ['a failure of a probe that has it', (text) => new Exchange(text).fail()],
    ['a line that a target says', (text) => readLog.read(`${text}${'x'.repeat(LONGEST_SHOWN)}`)],
  ];
  for (const [name, keep] of rows) t.ok(heldMib(keep) < MANY / 4, name);
  t.end();
});
