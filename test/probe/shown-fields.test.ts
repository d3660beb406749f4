import t from 'tap';
import { logFormatters } from '../../src/log/log-format.js';
import { ProbeFailure } from '../../src/probe/failure.js';
import { ProbeLog } from '../../src/probe/probe-log.js';
import { systemClock } from '../../src/values/clock.js';
import { goQuote } from '../../src/values/go/go-quote.js';
import { LONGEST_SHOWN, shownText } from '../../src/values/shown-text.js';

const MIB = 1024 * 1024;

t.test('a text is cut once, and never within a character', async (t) => {
  t.equal(shownText('a'.repeat(LONGEST_SHOWN)), 'a'.repeat(LONGEST_SHOWN));
  const cut = shownText('a'.repeat(MIB));
  t.equal(cut, `${'a'.repeat(LONGEST_SHOWN)}…`);
  t.equal(shownText(cut), cut);
  const emoji = shownText(`a${'😀'.repeat(MIB)}`);
  t.notMatch(emoji, /\p{Surrogate}/u);
  t.equal(goQuote('\x01'.repeat(MIB)).length, 2 + 4 * LONGEST_SHOWN + 1);
});

t.test('whatever a target says, failures and lines of a log stay readable', async (t) => {
  const log = new ProbeLog(systemClock);
  for (const text of ['\x01'.repeat(MIB), '"'.repeat(MIB), '\ud800'.repeat(MIB), 'http://a:b@'.repeat(MIB / 8)]) {
    const failure = new ProbeFailure('transfer', 'response_malformed', text, { err: text, count: 1 });
    t.ok(failure.message.length <= LONGEST_SHOWN + 1);
    t.match(failure.fields, { count: 1 });
    log.error(text, { line: text });
    log.error(failure.message, failure.fields);
  }
  for (const entry of log.entries) {
    for (const format of ['logfmt', 'json'] as const) {
      t.ok(logFormatters[format](entry).length < 16 * LONGEST_SHOWN, format);
    }
  }
});

t.test('short fields are not copied', async (t) => {
  const fields = { a: 'b' };
  t.equal(new ProbeFailure('transfer', 'response_malformed', 'm', fields).fields, fields);
});
