import t from 'tap';
import { parseFlags } from '../../../src/flags/parse-flags.js';
import { PUSHGATEWAY_FLAGS, readPushgatewayOptions } from '../../../src/services/pushgateway/pushgateway-flags.js';

const STORE = '--push.store=redis://a';
const SECURE = '--push.store=rediss://a';

t.test('flags of a shared store that contradict each other are refused', (t) => {
  const rows: readonly (readonly [name: string, flags: readonly string[], message: RegExp])[] = [
    ['two stores', [STORE, '--persistence.file=x'], /give one of the flags '--push\.store' and '--persistence\.file'/],
    ['two passwords', ['--push.store=redis://a:b@c', '--push.store-password-file=x'], /exclude each other/],
    ['authorities without TLS', [STORE, '--push.store-ca-file=x'], /'--push\.store-ca-file' is for rediss:\/\//],
    ['a certificate without TLS', [STORE, '--push.store-cert-file=x'], /'--push\.store-cert-file' is for rediss:\/\//],
    ['a key without TLS', [STORE, '--push.store-key-file=x'], /'--push\.store-key-file' is for rediss:\/\//],
    [
      'a certificate without its key',
      [SECURE, '--push.store-cert-file=x'],
      /cert-file' and .*key-file' stand together/,
    ],
    ['a key without its certificate', [SECURE, '--push.store-key-file=x'], /cert-file' and .*key-file' stand together/],
    ['replicas of a cluster', ['--push.store=redis://a,b', '--push.store-wait-replicas=1'], /min-replicas-to-write/],
    [
      'a password without a store',
      ['--push.store-password-file=x'],
      /'--push\.store-password-file' has no effect without/,
    ],
    ['a file of TLS without a store', ['--push.store-cert-file=x'], /'--push\.store-cert-file' has no effect without/],
    [
      'replicas without a store',
      ['--push.store-wait-replicas=1'],
      /-wait-replicas' has no effect without '--push\.store'/,
    ],
    ['no URL', ['--push.store=a'], /invalid value for flag '--push\.store': write redis:\/\//],
  ];
  for (const [name, flags, message] of rows)
    t.throws(() => readPushgatewayOptions(parseFlags(flags, PUSHGATEWAY_FLAGS), Infinity), { message }, name);
  t.end();
});

t.test('the files of TLS', (t) => {
  const flags = ['ca', 'cert', 'key'].map((what) => `--push.store-${what}-file=/${what}`);
  const { sharedStore } = readPushgatewayOptions(parseFlags([SECURE, ...flags], PUSHGATEWAY_FLAGS), Infinity);
  t.match(sharedStore, { url: { isTls: true }, tls: { ca: '/ca', cert: '/cert', key: '/key' } });
  t.end();
});

t.test('flags with no value need no store', (t) => {
  const flags = ['--push.store=', '--push.store-password-file=', '--push.store-wait-replicas=0'];
  t.equal(readPushgatewayOptions(parseFlags(flags, PUSHGATEWAY_FLAGS), Infinity).sharedStore, undefined);
  t.end();
});
