import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import t from 'tap';
import { startStreamServer, type StreamScript } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';

/** Waits for the head of the request, then says `answer` (`ACCEPT` is the right key) and goes on with `then`. */
function handshake(answer: string, then: (socket: Socket) => void = () => undefined): StreamScript {
  return (socket) => {
    socket.once('data', (head: Buffer) => {
      const key = /^sec-websocket-key: (.*)\r$/im.exec(head.toString('latin1'))?.[1] ?? '';
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(answer.replace('ACCEPT', accept));
      then(socket);
    });
  };
}

const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n';

/** Writes `piece` for as long as the peer listens. */
function endless(piece: Buffer): (socket: Socket) => void {
  return (socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', more);
    more();
  };
}

const trickle = (piece: Buffer) => (socket: Socket) => {
  const timer = setInterval(() => socket.write(piece), 5);
  socket.on('close', () => clearInterval(timer));
};

const MESSAGE_X = Buffer.from('810178', 'hex');
const PING = Buffer.from('8900', 'hex');

interface Case {
  readonly name: string;
  readonly script: StreamScript;
  readonly verdict: string;
  readonly timeoutSeconds?: number;
  readonly upgraded?: 1;
  readonly status?: number;
}

const SLOW = { timeoutSeconds: 0.3 };

const CASES: readonly Case[] = [
  {
    name: 'sends a message in more than a thousand parts',
    script: handshake(SWITCHING, (s) => void s.write(Buffer.from(`010178${'000178'.repeat(1000)}`, 'hex'))),
    verdict: 'dialogue/response_too_large',
    upgraded: 1,
    status: 101,
  },
  {
    name: 'does not say that the connection changes',
    script: handshake(SWITCHING.replace('Connection: Upgrade\r\n', '')),
    verdict: 'processing/upgrade_refused',
    status: 101,
  },
  { name: 'never answers', script: () => undefined, verdict: 'processing/response_timeout', ...SLOW },
  {
    name: 'trickles its head',
    script: handshake('HTTP/1.1 101 Switching\r\n', trickle(Buffer.from('X: y\r\n'))),
    verdict: 'processing/response_timeout',
    ...SLOW,
  },
  {
    name: 'a head without end',
    script: handshake('HTTP/1.1 101 Switching\r\n', endless(Buffer.from('X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'))),
    verdict: 'processing/response_header_too_large',
  },
  {
    name: 'interim answers without end',
    script: handshake('', endless(Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)))),
    verdict: 'processing/response_header_too_large',
  },
  { name: 'garbage', script: handshake('\0\xff\xfe garbage\r\n\r\n'), verdict: 'processing/response_malformed' },
  {
    name: 'resets',
    script: (s) => void s.once('data', () => s.resetAndDestroy()),
    verdict: 'processing/connection_reset',
  },
  { name: 'ends', script: (s) => void s.once('data', () => s.end()), verdict: 'processing/connection_closed' },
  {
    name: 'a wrong key',
    script: handshake(SWITCHING.replace('ACCEPT', 'wrong')),
    verdict: 'processing/upgrade_refused',
    status: 101,
  },
  {
    name: 'another protocol',
    script: handshake(SWITCHING.replace('websocket', 'h2c')),
    verdict: 'processing/upgrade_refused',
    status: 101,
  },
  {
    name: 'a subprotocol that nobody asked for',
    script: handshake(SWITCHING.replace('\r\n\r\n', '\r\nSec-WebSocket-Protocol: chat\r\n\r\n')),
    verdict: 'processing/upgrade_refused',
    status: 101,
  },
  {
    name: 'a page',
    script: handshake('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'),
    verdict: 'processing/upgrade_refused',
    status: 200,
  },
  {
    name: 'a page without end',
    script: handshake('HTTP/1.1 200 OK\r\n\r\n', endless(Buffer.alloc(65536))),
    verdict: 'processing/upgrade_refused',
    status: 200,
  },
  {
    name: 'says nothing after the handshake',
    script: handshake(SWITCHING),
    verdict: 'dialogue/response_timeout',
    upgraded: 1,
    status: 101,
    ...SLOW,
  },
  {
    name: 'pings without end',
    script: handshake(SWITCHING, endless(Buffer.concat(Array<Buffer>(1000).fill(PING)))),
    verdict: 'dialogue/response_timeout',
    upgraded: 1,
    status: 101,
    ...SLOW,
  },
  {
    name: 'trickles a message',
    script: handshake(SWITCHING, (s) => {
      s.write(Buffer.from('817e0400', 'hex'));
      trickle(Buffer.from('x'))(s);
    }),
    verdict: 'dialogue/response_timeout',
    upgraded: 1,
    status: 101,
    ...SLOW,
  },
  {
    name: 'a message without end',
    script: handshake(SWITCHING, (s) => {
      s.write(Buffer.from('0101', 'hex'));
      s.write('x');
      endless(Buffer.from('000178'.repeat(1000), 'hex'))(s);
    }),
    verdict: 'dialogue/response_too_large',
    upgraded: 1,
    status: 101,
  },
  {
    name: 'announces 2^62 bytes',
    script: handshake(SWITCHING, (s) => void s.write(Buffer.from('827f4000000000000000', 'hex'))),
    verdict: 'dialogue/response_too_large',
    upgraded: 1,
    status: 101,
  },
  {
    name: 'masks what it sends',
    script: handshake(SWITCHING, (s) => void s.write(Buffer.from('818100000000', 'hex'))),
    verdict: 'dialogue/response_malformed',
    upgraded: 1,
    status: 101,
  },
  {
    name: 'no UTF-8 in a text',
    script: handshake(SWITCHING, (s) => void s.write(Buffer.from('8101ff', 'hex'))),
    verdict: 'dialogue/response_malformed',
    upgraded: 1,
    status: 101,
  },
  {
    name: 'wrong messages without end',
    script: handshake(SWITCHING, endless(Buffer.concat(Array<Buffer>(1000).fill(MESSAGE_X)))),
    verdict: 'dialogue/response_mismatch',
    upgraded: 1,
    status: 101,
  },
  {
    name: 'says goodbye and stays',
    script: handshake(SWITCHING, (s) => void s.write(Buffer.from('880203e8', 'hex'))),
    verdict: 'dialogue/connection_closed',
    upgraded: 1,
    status: 101,
  },
];

t.test('costs at most the timeout, and bounded memory', async (t) => {
  for (const { name, script, verdict, timeoutSeconds = 20, upgraded = 0, status = 0 } of CASES) {
    const server = await startStreamServer(t, script);
    const probed = await probe(
      'prober: websocket\nwebsocket: {query_response: [{expect: never}]}',
      `ws://${server.target}/`,
      { timeoutSeconds },
    );
    t.equal(probed.verdict, verdict, name);
    t.equal(probed.metrics['probe_websocket_connection_upgraded'], upgraded, `${name}: upgraded`);
    t.equal(probed.metrics['probe_websocket_status_code'], status, `${name}: status`);
    while (server.open() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    t.pass(`${name}: the socket is closed`);
  }
});

t.test('a goodbye that came before there is anything to say', async (t) => {
  const goodbye = handshake(SWITCHING, (s) => void s.end(Buffer.from('880203f0', 'hex')));
  const server = await startStreamServer(t, goodbye);
  const yaml = 'prober: websocket\nwebsocket: {query_response: [{send: a}, {expect: b}]}';
  const probed = await probe(yaml, `ws://${server.target}/`);
  t.equal(probed.verdict, 'dialogue/connection_closed', probed.log);
  t.equal(probed.metrics['probe_websocket_close_code'], 1008, 'the code is told');
});
