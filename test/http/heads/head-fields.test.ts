import t from 'tap';
import { staysOpen } from '../../../src/http/heads/head-fields.js';

t.test('whether another request may follow on a connection', async (t) => {
  for (const [values, minor, isOpen] of [
    [[], 1, true],
    [[], 0, false],
    [['close'], 1, false],
    [['Close'], 1, false],
    [['a,\tCLOSE ,b'], 1, false],
    [['a', 'close'], 1, false],
    [['closed, not-close, clo se, close;a'], 1, true],
    [['keep-alive'], 0, true],
    [['a, Keep-Alive'], 0, true],
    [['keep-alive, close'], 0, false],
    [['keep-alive', 'close'], 0, false],
    [['keep-alived'], 0, false],
  ] as const) {
    const fields = values.map((value) => ['Connection', value] as const);
    t.equal(staysOpen(fields, minor), isOpen, `${values.join(' and ')} in HTTP/1.${minor}`);
  }
});
