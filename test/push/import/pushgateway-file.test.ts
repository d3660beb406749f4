import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ImportError, readPushgatewayFile } from '../../../src/push/import/pushgateway-file.js';

const RECORDED = readFileSync(
  fileURLToPath(new URL('../../../../test/fixtures/pushgateway-1.11.2.gob', import.meta.url)),
);

t.test('the groups of a recorded file', async (t) => {
  const groups = new Map(readPushgatewayFile(RECORDED).map((group) => [group.key.id, group]));
  t.equal(groups.size, 6);
  const some = groups.get('[["instance","i1"],["job","some"]]');
  t.ok(some);
  t.same([...(some?.families.keys() ?? [])].sort(), ['a_total', 'g', 'h', 'no_type', 's']);
  t.match(some?.families.get('a_total'), {
    family: {
      name: 'a_total',
      help: 'Things "quoted" \\ and',
      type: 'counter',
      samples: [
        {
          value: 3,
          labels: [
            { name: 'instance', value: 'i1' },
            { name: 'job', value: 'some' },
            { name: 'x', value: '1' },
          ],
        },
        { value: 4.5 },
      ],
    },
  });
  t.match(some?.families.get('h')?.family.samples.slice(0, 1)[0], { kind: 'histogram', count: 4, sum: 7.5 });
  t.match(some?.families.get('s')?.family.samples.slice(0, 1)[0], { kind: 'summary', count: 9, sum: 17 });
  t.match(some?.families.get('g')?.family.samples.slice(0, 1)[0], { value: -Infinity });
  t.match(some, { lastPushSeconds: 1795904075.282904, lastFailureSeconds: 0 });
  t.equal(some?.families.get('g')?.pushedAtSeconds.toFixed(6), '1795904075.282904');
  t.match(groups.get('[["job","refused"]]'), { lastPushSeconds: 0, lastFailureSeconds: 1795904075.3529973 });
  t.ok(groups.get('[["job","a/b"],["path","/var/tmp"]]')?.families.has('name with space'));
  t.equal(groups.get('[["job","nothing"]]')?.families.size, 0);
});

const BYTES = [0x00, 0x7f, 0x80, 0xf8, 0xff];

t.test('a file that ends anywhere, or has another byte anywhere, is refused or read, but breaks nothing', async (t) => {
  const outcomes = { refused: 0, read: 0 };
  const tryOne = (bytes: Buffer): void => {
    try {
      readPushgatewayFile(bytes);
      outcomes.read++;
    } catch (error) {
      if (!(error instanceof ImportError)) throw error;
      outcomes.refused++;
    }
  };
  for (let end = 0; end < RECORDED.length; end++) tryOne(RECORDED.subarray(0, end));
  t.same(outcomes, { refused: RECORDED.length, read: 0 }, 'cut off');
  for (let at = 0; at < RECORDED.length; at++) {
    const bytes = Buffer.from(RECORDED);
    bytes[at] = BYTES[at % BYTES.length] ?? 0;
    tryOne(bytes);
  }
  t.ok(outcomes.refused > 1.2 * RECORDED.length);
});

/** A message of a gob stream: its length, then its bytes. */
const message = (...bytes: readonly number[]): readonly number[] => [bytes.length, ...bytes];
/** Type 64, a map whose keys are strings and whose values are of type 64 again. */
const MAP_OF_ITSELF = message(0x7f, 4, 1, 2, 0xff, 0x80, 0, 1, 12, 1, 0xff, 0x80, 0, 0);

const REFUSED: readonly { readonly name: string; readonly bytes: readonly number[]; readonly problem: RegExp }[] = [
  { name: 'nothing', bytes: [], problem: /byte 0: the file ends before a value$/ },
  {
    name: 'a text',
    bytes: [...Buffer.from('root:x:0:0:root:/root:/bin/bash\n')],
    problem: /^not what a Pushgateway stores: byte \d+: /,
  },
  { name: 'a string', bytes: message(12, 0, 1, 97), problem: /the file should be a map$/ },
  {
    name: 'a number',
    bytes: message(4, 0, 1),
    problem: /byte 3: a value of type 2, which a Pushgateway does not store$/,
  },
  { name: 'a type that is not described', bytes: message(0xff, 0x80, 0, 1), problem: /a value of type 64/ },
  {
    name: 'a length above the file',
    bytes: [0xf8, 0, 0, 1, 0, 0, 0, 0, 0],
    problem: /byte 9: 1099511627776 elements in 0 bytes$/,
  },
  {
    name: 'a number above 2^53',
    bytes: [0xf8, 255, 255, 255, 255, 255, 255, 255, 255],
    problem: /a number above 2\^53$/,
  },
  { name: 'a number of too many bytes', bytes: [0x90, 1], problem: /a number of 112 bytes$/ },
  {
    name: 'maps within each other without end',
    bytes: [...MAP_OF_ITSELF, ...message(0xff, 0x80, 0, ...Array.from({ length: 30 }, () => [1, 1, 97]).flat(), 0)],
    problem: /values within each other more than 10 deep$/,
  },
  {
    name: 'a map of maps',
    bytes: [...MAP_OF_ITSELF, ...message(0xff, 0x80, 0, 1, 1, 97, 0)],
    problem: /no struct with the field Labels$/,
  },
];

t.test('files that are refused', async (t) => {
  for (const { name, bytes, problem } of REFUSED) {
    t.throws(() => readPushgatewayFile(Buffer.from(bytes)), { name: 'ImportError', message: problem }, name);
  }
});
