import t from 'tap';
import { logFormatters } from '../../src/log/log-format.js';
import type { LogEntry } from '../../src/probe/probe-log.js';

const previousZone = process.env['TZ'];
process.env['TZ'] = 'UTC';
t.teardown(() => {
  if (previousZone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = previousZone;
});

const entry = (message: string, fields: LogEntry['fields'] = {}): LogEntry => ({
  wallSeconds: Date.UTC(2026, 0, 2, 3, 4, 5, 678) / 1000,
  level: 'error',
  message,
  fields,
});
const START = 'time=2026-01-02T03:04:05.678Z level=ERROR';

const rows: readonly (readonly [name: string, entry: LogEntry, logfmt: string])[] = [
  ['one word', entry('ready'), 'msg=ready'],
  ['several words', entry('Probe failed'), 'msg="Probe failed"'],
  ['empty', entry(''), 'msg=""'],
  ['an equals sign', entry('a=b'), 'msg="a=b"'],
  ['a quote', entry('a"b'), 'msg="a\\"b"'],
  ['a backslash alone needs no quotes', entry('a\\b'), 'msg=a\\b'],
  ['a line feed', entry('a\nb'), 'msg="a\\nb"'],
  ['letters beyond ASCII', entry('größe'), 'msg=größe'],
  ['not printable', entry('a\u200bb'), 'msg="a\\u200bb"'],
  [
    'a number as Go writes it',
    entry('m', { duration_seconds: 0.00001, code: 200 }),
    'msg=m duration_seconds=1e-05 code=200',
  ],
  ['a boolean', entry('m', { http2: false }), 'msg=m http2=false'],
  ['a password in a URL', entry('m', { target: 'http://u:hidden@h/' }), 'msg=m target=http://u:xxxxx@h/'],
  ['infinite', entry('m', { timeout_seconds: Infinity }), 'msg=m timeout_seconds=+Inf'],
];
for (const [name, given, logfmt] of rows) {
  t.test(`logfmt: ${name}`, async (t) => {
    t.equal(logFormatters.logfmt(given), `${START} ${logfmt}`);
  });
}

t.test('logfmt: the context comes first, and a key may come twice', async (t) => {
  const context = { module: 'tcp_connect', target: 'h:1' };
  t.equal(
    logFormatters.logfmt(entry('Resolving', { target: 'h' }), context),
    `${START} msg=Resolving module=tcp_connect target=h:1 target=h`,
  );
});

t.test('json', async (t) => {
  t.equal(
    logFormatters.json(entry('a "b"', { target: 'h', code: 1, ok: true, left: NaN }), { module: 'm' }),
    '{"time":"2026-01-02T03:04:05.678Z","level":"ERROR","msg":"a \\"b\\"","module":"m","target":"h","code":1,"ok":true,"left":"NaN"}',
  );
});

t.test('the time is local', async (t) => {
  process.env['TZ'] = 'America/St_Johns';
  t.match(logFormatters.logfmt(entry('m')), /^time=2026-01-01T23:34:05\.678-03:30 /);
  process.env['TZ'] = 'Asia/Kolkata';
  t.match(logFormatters.logfmt(entry('m')), /^time=2026-01-02T08:34:05\.678\+05:30 /);
  process.env['TZ'] = 'UTC';
});

t.test('bytes that are no UTF-8', async (t) => {
  const given = entry('m', { location: '/\udce9' });
  t.equal(logFormatters.logfmt(given), `${START} msg=m location="/\\xe9"`);
  t.match(logFormatters.json(given), '"location":"/\ufffd"');
});
