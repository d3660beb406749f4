import t from 'tap';
import { ConfigError } from '../../src/values/config-error.js';
import { parseRawBytes } from '../../src/values/raw-bytes.js';

const NONE = { text: '', hex: '', base64: '' };

t.test('bytes in three notations', async (t) => {
  const rows = [
    [{}, ''],
    [{ text: 'ä\n' }, 'c3a40a'],
    [{ text: '\udcff' }, 'ff'],
    [{ hex: '00 ff\n0D0a' }, '00ff0d0a'],
    [{ base64: 'AP8N\nCg==' }, '00ff0d0a'],
    [{ base64: 'YWI=' }, '6162'],
  ] as const;
  for (const [raw, hex] of rows) {
    t.equal(Buffer.from(parseRawBytes({ ...NONE, ...raw })).toString('hex'), hex, JSON.stringify(raw));
  }
});

t.test('what is none of them', async (t) => {
  for (const raw of [
    { hex: '0' },
    { hex: '0x00' },
    { hex: 'gg' },
    { base64: 'YWI' },
    { base64: 'Y===' },
    { base64: 'YW-_' },
  ]) {
    t.throws(() => parseRawBytes({ ...NONE, ...raw }), ConfigError, JSON.stringify(raw));
  }
});
