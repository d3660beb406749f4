import { EventEmitter } from 'node:events';
import t from 'tap';
import { sendPieces } from '../../../src/http/answers/send-pieces.js';
import type { WebResponse } from '../../../src/http/exchange.js';

/** A client that takes each piece in the turn of the loop in which it was written, as one on the same host may. */
class FastReader extends EventEmitter {
  readonly headersSent = false;
  readonly destroyed = false;
  writeHead(): this {
    return this;
  }
  write(): boolean {
    process.nextTick(() => this.emit('drain'));
    return false;
  }
  end(): void {
    this.emit('close');
  }
}

t.test('each piece has a turn of the loop of its own, however fast the client reads', async (t) => {
  let turn = 0;
  let isSent = false;
  const count = (): void => {
    turn++;
    if (!isSent) setImmediate(count);
  };
  count();
  const turns: number[] = [];
  function* pieces(): Generator<string> {
    for (let made = 0; made < 5; made++) {
      turns.push(turn);
      yield 'piece';
    }
  }
  await sendPieces(new FastReader() as unknown as WebResponse, { headers: {}, pieces: pieces() });
  isSent = true;
  t.equal(new Set(turns).size, 5);
});
