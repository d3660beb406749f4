import t from 'tap';
import { maskStoreUrl, parseStoreUrl, StoreUrlProblem } from '../../../src/push/shared/store-url.js';

const PLAIN = { isTls: false, isCluster: false, database: 0, prefix: 'sonde-pushgateway' };

t.test('what --push.store may be', async (t) => {
  const rows: readonly [string, object][] = [
    ['redis://r', { ...PLAIN, nodes: [{ host: 'r', port: 6379 }] }],
    ['redis://r:1/3', { ...PLAIN, database: 3, nodes: [{ host: 'r', port: 1 }] }],
    ['rediss://[::1]:7', { ...PLAIN, isTls: true, nodes: [{ host: '::1', port: 7 }] }],
    ['redis://u@r', { ...PLAIN, user: 'u', nodes: [{ host: 'r', port: 6379 }] }],
    ['redis://:p%40s@r', { ...PLAIN, password: 'p@s', nodes: [{ host: 'r', port: 6379 }] }],
    ['redis://u:a:b@r/', { ...PLAIN, user: 'u', password: 'a:b', nodes: [{ host: 'r', port: 6379 }] }],
    [
      'redis://r?prefix=a.b&cluster=true',
      { ...PLAIN, prefix: 'a.b', isCluster: true, nodes: [{ host: 'r', port: 6379 }] },
    ],
    [
      'redis://a:1,b:2',
      {
        ...PLAIN,
        isCluster: true,
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
      },
    ],
  ];
  for (const [text, expected] of rows) t.same(parseStoreUrl(text), expected, text);
});

t.test('what it may not be', async (t) => {
  const rows: readonly [string, RegExp][] = [
    ['http://r', /write redis:/],
    ['redis://', /write redis:/],
    ['redis://r:0', /write redis:/],
    ['redis://r:99999', /write redis:/],
    ['redis://r:x', /write redis:/],
    ['redis://r/x', /write redis:/],
    ['redis://u:%zz@r', /percent-encoded/],
    ['redis://r?prefix=a}b', /letters, digits/],
    ['redis://r?cluster=1', /true or false/],
    ['redis://r?db=1', /prefix and cluster only/],
    ['redis://a,b/1', /database 0 only/],
    [`redis://${'a,'.repeat(40)}a`, /at most 32 nodes/],
  ];
  for (const [text, message] of rows) {
    t.throws(() => parseStoreUrl(text), { name: new StoreUrlProblem('').name, message }, text);
  }
});

t.test('a password is masked, whatever is in it', async (t) => {
  t.equal(maskStoreUrl('redis://u:secret@r:1/2'), 'redis://u:<secret>@r:1/2');
  t.equal(maskStoreUrl('rediss://:se@cret@r'), 'rediss://:<secret>@r');
  t.equal(maskStoreUrl('redis://u@r'), 'redis://u@r');
  t.equal(maskStoreUrl(''), '');
});
