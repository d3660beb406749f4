import t from 'tap';
import { compareNaturally } from '../../src/config/natural-order.js';
import { acceptsEncoding } from '../../src/config/rules/accept-encoding.js';
import { resolvePlain } from '../../src/config/yaml/yaml-scalar.js';
import { closest } from '../../src/values/suggest.js';

t.test('plain scalars are what yaml.v3 takes them for', async (t) => {
  const rows: Readonly<Record<string, unknown>> = {
    '': { type: 'null' },
    '~': { type: 'null' },
    NULL: { type: 'null' },
    nUll: { type: 'text', value: 'nUll' },
    true: { type: 'bool', value: true },
    yes: { type: 'text', value: 'yes' },
    '0x1F': { type: 'int', value: 31 },
    '-0b11': { type: 'int', value: -3 },
    '0o17': { type: 'int', value: 15 },
    '017': { type: 'int', value: 15 },
    '08': { type: 'float', value: 8 },
    '1_000': { type: 'int', value: 1000 },
    '1.5e3': { type: 'float', value: 1500 },
    '.5': { type: 'float', value: 0.5 },
    '-.inf': { type: 'float', value: -Infinity },
    '1e': { type: 'text', value: '1e' },
    '1:20': { type: 'text', value: '1:20' },
    '2020-01-01': { type: 'timestamp', value: '2020-01-01' },
    '5s': { type: 'text', value: '5s' },
  };
  for (const [text, scalar] of Object.entries(rows)) t.same(resolvePlain(text), scalar, text);
});

t.test('names are sorted as yaml.v3 sorts the keys of a map', async (t) => {
  const sorted = ['9a', '10', '404', 'A', 'a', 'a_b', 'a1', 'a9', 'a10', 'a10b', 'a100', 'ab', 'b'];
  t.same(sorted.toReversed().toSorted(compareNaturally), sorted);
});

t.test('a misspelt word is recognised, another one is not', async (t) => {
  const words = ['method', 'headers', 'header', 'tls_config', 'timeout', 'A', 'TXT'];
  const rows: Readonly<Record<string, string | undefined>> = {
    methd: 'method',
    mehtod: 'method',
    Method: 'method',
    'tls-config': 'tls_config',
    timout: 'timeout',
    txt: 'TXT',
    X: undefined,
    a: 'A',
    nonsense: undefined,
  };
  for (const [word, expected] of Object.entries(rows)) t.equal(closest(word, words), expected, word);
});

t.test('Accept-Encoding is read as upstream reads it', async (t) => {
  const rows: Readonly<Record<string, boolean>> = {
    gzip: true,
    '*': true,
    'br, gzip;q=0.1': true,
    'gzip;q=0, *': true,
    'gzip;q=0': false,
    '*;q=0.0': false,
    'gzip;q=0.0004': false,
    'gzip;0.5': true,
    'gzip;level=9': false,
    GZIP: false,
    br: false,
  };
  for (const [header, expected] of Object.entries(rows)) t.equal(acceptsEncoding(header, 'gzip'), expected, header);
});
