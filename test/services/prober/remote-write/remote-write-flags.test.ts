import t from 'tap';
import { UsageError } from '../../../../src/flags/flag-definition.js';
import { FlagValues } from '../../../../src/flags/flag-values.js';
import {
  readRemoteWrite,
  REMOTE_WRITE_FLAGS,
} from '../../../../src/services/prober/remote-write/remote-write-flags.js';
import type { GivenWrite } from '../../../../src/services/prober/remote-write/remote-write-options.js';

/** What the flags of remote write say, with a URL and a queue. */
const read = (values: Readonly<Record<string, readonly string[]>>) => {
  const given = Object.entries(values).map(([name, texts]) => [`remote-write.${name}`, texts] as const);
  const needed = [['remote-write.url', ['http://x/']] as const, ['remote-write.queue', ['q']] as const];
  return readRemoteWrite(new FlagValues({ values: new Map([...needed, ...given]), operands: [] }));
};

t.test('what is not said is 1.0 without labels and headers', async (t) => {
  t.match(read({}), { externalLabels: [], histograms: 'native', queueBytes: 512 * 1024 * 1024 });
  t.match(read({})?.source, { kind: 'flags', given: { url: 'http://x/', http_headers: {} } });
  t.equal(readRemoteWrite(new FlagValues({ values: new Map(), operands: [] })), undefined);
});

t.test('versions, labels and headers', async (t) => {
  const options = read({
    version: ['2.0'],
    'external-label': ['site=a', 'url=http://x/?a=b'],
    header: ['x-scope-orgid: team', 'X-Key:a:b', 'X-KEY: c'],
    'header-file': ['X-Key: /run/key'],
  });
  const given: GivenWrite = options?.source.kind === 'flags' ? options.source.given : {};
  t.equal(given.protobuf_message, 'io.prometheus.write.v2.Request');
  t.strictSame(options?.externalLabels, [
    { name: 'site', value: 'a' },
    { name: 'url', value: 'http://x/?a=b' },
  ]);
  t.strictSame(given.http_headers, {
    'X-Scope-Orgid': { values: ['team'], files: [] },
    'X-Key': { values: ['a:b', 'c'], files: ['/run/key'] },
  });
});

t.test('mistakes name the flag', async (t) => {
  const rows: readonly (readonly [flag: string, text: string, problem: RegExp])[] = [
    ['version', '3.0', /unrecognized version 3\.0/],
    ['external-label', 'site', /site is not NAME=VALUE of a label/],
    ['external-label', '=a', /is not NAME=VALUE/],
    ['external-label', 'site=', /is not NAME=VALUE/],
    ['external-label', '__name__=a', /is not NAME=VALUE/],
    ['external-label', 'a-b=a', /is not NAME=VALUE/],
    ['header', 'team', /NAME: VALUE/],
    ['header', ': team', /"" is no name of a header/],
    ['header', 'X Y: team', /"X Y" is no name of a header/],
    ['header', 'X-Key:', /X-Key has no value/],
    ['header', 'X-Key: a\r\nb', /X-Key has a control character/],
    ['header', 'authorization: Bearer secret', /setting header "Authorization" is not allowed/],
    ['header', 'content-type: text/plain', /"Content-Type" is not allowed/],
    ['header', 'x-prometheus-remote-write-version: 9', /"X-Prometheus-Remote-Write-Version" is not allowed/],
    ['header', 'te: trailers', /"Te" is not allowed/],
    ['histograms', 'all', /unrecognized form all/],
    ['queue-bytes', '0', /0 is too little for a queue; give at least 1048576/],
    ['queue-bytes', '1048575', /too little/],
    ['header-file', 'Host: /run/key', /"Host" is not allowed/],
  ];
  for (const [flag, text, problem] of rows) {
    const message = ((): string => {
      try {
        read({ [flag]: [text] });
      } catch (error) {
        if (error instanceof UsageError) return error.message;
      }
      return '';
    })();
    t.match(message, problem, `${flag} ${text}`);
    t.ok(message.startsWith(`invalid value for flag '--remote-write.${flag}': `), message);
    t.notMatch(message, /secret/);
  }
});

t.test('what a file says is not said by flags as well', async (t) => {
  const file = (values: Readonly<Record<string, readonly string[]>>) => () =>
    readRemoteWrite(
      new FlagValues({
        values: new Map([
          ['remote-write.config.file', ['f.yml']],
          ...Object.entries(values).map(([name, texts]) => [`remote-write.${name}`, texts] as const),
        ]),
        operands: [],
      }),
    );
  t.match(file({ queue: ['q'] })(), { source: { kind: 'file', path: 'f.yml' }, queue: 'q' });
  t.throws(file({}), { message: /^--remote-write\.config\.file needs --remote-write\.queue/ });
  for (const [flag, key] of [
    ['url', 'url'],
    ['version', 'protobuf_message'],
    ['username', 'basic_auth'],
    ['bearer-token-file', 'authorization'],
    ['header', 'headers'],
    ['header-file', 'http_headers'],
    ['ca-file', 'tls_config'],
  ] as const)
    t.throws(file({ queue: ['q'], [flag]: ['x'] }), {
      message: `--remote-write.config.file and --remote-write.${flag} cannot be given together; write ${key} in the file`,
    });
  t.throws(() => read({ username: ['me'], 'bearer-token-file': ['f'] }), { message: /one login is sent/ });
});

t.test('a flag that has no effect without a receiver is refused by its name', async (t) => {
  const alone = (name: string, ...texts: readonly string[]) =>
    readRemoteWrite(new FlagValues({ values: new Map([[`remote-write.${name}`, texts]]), operands: [] }));
  const others = REMOTE_WRITE_FLAGS.map(({ name }) => name.replace('remote-write.', ''));
  for (const name of others.filter((other) => other !== 'url' && other !== 'config.file')) {
    const problem = `flag '--remote-write.${name}' has no effect without '--remote-write.url' or '--remote-write.config.file'`;
    t.throws(() => alone(name, 'x'), { message: `${problem}, which says where results are sent` }, name);
    t.equal(alone(name, ''), undefined, `${name} without a value`);
  }
  t.equal(alone('url', ''), undefined, 'no URL and nothing else');
});
