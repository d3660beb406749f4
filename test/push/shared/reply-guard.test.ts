import t from 'tap';
import { ReplyGuard } from '../../../src/push/shared/reply-guard.js';

const LIMITS = { lineBytes: 100, values: 50, depth: 3 };
const REPLY_BYTES = 1000;

/** A guard that waits for so many replies. */
function expecting(replies: number): ReplyGuard {
  const guard = new ReplyGuard(LIMITS);
  for (let count = 0; count < replies; count++) guard.expect(REPLY_BYTES);
  return guard;
}

const FINE: Readonly<Record<string, string>> = {
  status: '+OK\r\n',
  error: '-ERR no\r\n',
  'a redirection': '-MOVED 3999 [::1]:6381\r\n',
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
  'two replies to one request': ['+OK\r\n$-1\r\n', /reply to nothing/],
  'a redirection to no slot': ['-MOVED __proto__ 127.0.0.1:1\r\n', /redirection that is none: "MOVED __proto__/],
  'a redirection to nowhere': ['-ASK\r\n', /redirection that is none/],
};

t.test('replies within the limits pass, in pieces of any length, one after the other', async (t) => {
  for (const [name, text] of Object.entries(FINE)) {
    for (const length of [1, 2, 7, text.length * 2]) {
      const guard = expecting(30);
      const bytes = Buffer.from(text.repeat(30));
      t.doesNotThrow(() => {
        for (let at = 0; at < bytes.length; at += length) guard.take(bytes.subarray(at, at + length));
      }, `${name} in pieces of ${length}`);
    }
  }
});

t.test('others do not', async (t) => {
  for (const [name, [text, message]] of Object.entries(REFUSED)) {
    t.throws(() => expecting(1).take(Buffer.from(text)), { name: 'ReplyRefused', message }, name);
    const guard = expecting(1);
    t.throws(
      () => {
        for (const byte of Buffer.from(text)) guard.take(Buffer.from([byte]));
      },
      { message },
      `${name}, byte by byte`,
    );
  }
});

t.test('each reply has the length that its request allows it', async (t) => {
  const guard = new ReplyGuard(LIMITS);
  guard.expect(REPLY_BYTES);
  guard.expect(10);
  guard.take(Buffer.from(`$900\r\n${'a'.repeat(900)}\r\n`));
  t.throws(
    () => {
      guard.take(Buffer.from('$20\r\n'));
    },
    { message: /too large/ },
  );
});
