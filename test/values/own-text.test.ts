import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { ProbeLog } from '../../src/probe/probe-log.js';
import { ProbeNotes } from '../../src/probe/report/probe-notes.js';
import { ReadLog } from '../../src/probers/query-response/read-log.js';
import { systemClock } from '../../src/values/clock.js';
import { ownText } from '../../src/values/own-text.js';
import { LONGEST_SHOWN, shownText } from '../../src/values/shown-text.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MIB = 1024 * 1024;
const MANY = 32;

/** What is held by what `keep` returns of each of 32 texts of 1 MiB, in MiB. */
function heldMib(keep: (text: string) => unknown): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: MANY }, (_, index) => keep(String.fromCharCode(0x61 + index).repeat(MIB)));
  collect();
  const held = (process.memoryUsage().heapUsed - before) / MIB;
  return kept.length === MANY ? held : NaN;
}

t.test('a text stays as it is', (t) => {
  for (const text of ['', 'abc', 'é€𝄞', '\ud800', '\udc00x', '\0']) t.equal(ownText(text), text);
  t.end();
});

t.test('what is kept of long texts does not keep them', (t) => {
  const log = new ProbeLog(systemClock);
  const readLog = new ReadLog({ log: new ProbeLog(systemClock), notes: new ProbeNotes() });
  const rows: readonly (readonly [name: string, keep: (text: string) => unknown])[] = [
    ['a part', (text) => ownText(text.slice(0, 1000))],
    ['what is shown', (text) => shownText(text)],
    ['a line of a log', (text) => log.debug('x', { err: `x${text}` })],
    ['a line that a target says', (text) => readLog.read(`${text}${'x'.repeat(LONGEST_SHOWN)}`)],
  ];
  for (const [name, keep] of rows) t.ok(heldMib(keep) < MANY / 4, name);
  t.end();
});
