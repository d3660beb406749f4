import { constants } from 'node:os';
import t from 'tap';
import { errnoText } from '../../../src/values/go/errno-text.js';

t.test('errors of system calls in the words of Go', async (t) => {
  const rows: readonly (readonly [code: string, text: string])[] = [
    ['EAGAIN', 'resource temporarily unavailable'],
    ['ECONNREFUSED', 'connection refused'],
    ['ELOOP', 'too many levels of symbolic links'],
    ['EPROTOTYPE', 'protocol wrong type for socket'],
  ];
  for (const [code, text] of rows) {
    t.equal(errnoText(Object.assign(new Error(code), { code })), text, code);
    const errno = -(new Map(Object.entries(constants.errno)).get(code) ?? 0);
    t.equal(errnoText(Object.assign(new Error(code), { errno })), text, `${code} by its number`);
  }
  t.equal(errnoText(Object.assign(new Error('x'), { code: 'constructor' })), undefined);
  t.equal(errnoText('EAGAIN'), undefined);
});
