import { constants } from 'node:crypto';
import { once } from 'node:events';
import t from 'tap';
import { shaken } from '../../helpers/hostile/shaken.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';
import { startTls12Server, type Tls12Options } from '../../helpers/tls/tls12-server.js';

const [ALERT, HANDSHAKE, DATA] = [21, 22, 23];
const HELLO = [DATA, Buffer.from('hello')] as const;
const ANOTHER_HANDSHAKE = [HANDSHAKE, Buffer.alloc(4)] as const;
const NO_RENEGOTIATION = 'local error: tls: no renegotiation';

const ROWS: readonly (readonly [name: string, behind: NonNullable<Tls12Options['behind']>, gives: string])[] = [
  ['a wish to renegotiate', [ANOTHER_HANDSHAKE, HELLO], NO_RENEGOTIATION],
  ['4,000 in a record', [[HANDSHAKE, Buffer.alloc(16_000)]], NO_RENEGOTIATION],
  ['one in each of 300 records', Array<typeof ANOTHER_HANDSHAKE>(300).fill(ANOTHER_HANDSHAKE), NO_RENEGOTIATION],
  ['data, and a wish', [HELLO, HELLO, ANOTHER_HANDSHAKE], `hellohello${NO_RENEGOTIATION}`],
  ['a warning, and a wish', [[ALERT, Buffer.of(1, 90)], ANOTHER_HANDSHAKE], NO_RENEGOTIATION],
  ['a part of a message', [[HANDSHAKE, Buffer.alloc(1)]], NO_RENEGOTIATION],
  ['data', [HELLO, [ALERT, Buffer.of(1, 0)]], 'hello'],
];

t.test('a server that wants another handshake over TLS 1.2 ends the connection, as in Go', async (t) => {
  const { localhost } = await sharedIdentities();
  for (const [name, behind, gives] of ROWS) {
    for (const isApart of [false, true]) {
      const { port } = await startTls12Server(t, localhost, { behind, isApart });
      const { socket } = await shaken({ at: port, secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT });
      let said = '';
      socket.setEncoding('latin1');
      socket.on('data', (text: string) => (said += text));
      socket.on('error', (error: Error) => (said += error.message));
      socket.on('end', () => socket.destroy());
      if (!socket.destroyed) await once(socket, 'close').catch(() => undefined);
      t.equal(said, gives, `${name}, ${isApart ? 'later' : 'with the end of the first one'}`);
    }
  }
});
