import t from 'tap';
import { ReplyGuard } from '../../../src/push/shared/reply-guard.js';

const LIMITS = { replyBytes: 1000, lineBytes: 100, values: 50, depth: 3 };

const FINE: Readonly<Record<string, string>> = {
  status: '+OK\r\n',
  error: '-ERR no\r\n',
  number: ':-12\r\n',
  text: '$3\r\na\r\n\r\n',
  'an empty text': '$0\r\n\r\n',
  nothing: '$-1\r\n',
  'no list': '*-1\r\n',
  'an empty list': '*0\r\n',
  lists: '*2\r\n*1\r\n*1\r\n:1\r\n$1\r\na\r\n',
  'a full text': `$990\r\n${'a'.repeat(990)}\r\n`,
};

const REFUSED: Readonly<Record<string, readonly [string, RegExp]>> = {
  'a text that is too large': ['$2000\r\n', /too large/],
  'a text without end': ['$99999999999999999999\r\n', /length that is none/],
  'texts that are too large together': [`*3\r\n${`$400\r\n${'a'.repeat(400)}\r\n`.repeat(3)}`, /too large/],
  'a long line': [`+${'a'.repeat(200)}`, /line that is too long/],
  'a list that is too long': ['*51\r\n', /list that is too long/],
  'too many values': [`*2\r\n*40\r\n${':1\r\n'.repeat(40)}*40\r\n`, /list that is too long/],
  'lists that are too deep': ['*1\r\n*1\r\n*1\r\n*1\r\n', /too deep/],
  'a negative length': ['$-5\r\n', /length that is none/],
  'no number': [':a\r\n', /number that is none/],
  'a line feed alone': ['+OK\n', /CR LF/],
  RESP3: ['%1\r\n', /begins with "%"/],
  garbage: ['\0\x01\r\n', /begins with/],
};

t.test('replies within the limits pass, in pieces of any length, one after the other', async (t) => {
  for (const [name, text] of Object.entries(FINE)) {
    for (const length of [1, 2, 7, text.length * 2]) {
      const guard = new ReplyGuard(LIMITS);
      const bytes = Buffer.from(text.repeat(30));
      t.doesNotThrow(() => {
        for (let at = 0; at < bytes.length; at += length) guard.take(bytes.subarray(at, at + length));
      }, `${name} in pieces of ${length}`);
    }
  }
});

t.test('others do not', async (t) => {
  for (const [name, [text, message]] of Object.entries(REFUSED)) {
    t.throws(() => new ReplyGuard(LIMITS).take(Buffer.from(text)), { name: 'ReplyRefused', message }, name);
    const guard = new ReplyGuard(LIMITS);
    t.throws(
      () => {
        for (const byte of Buffer.from(text)) guard.take(Buffer.from([byte]));
      },
      { message },
      `${name}, byte by byte`,
    );
  }
});
