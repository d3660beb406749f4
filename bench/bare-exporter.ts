// The least that an exporter on Node can cost: a bare node:http server that answers a fixed page, beside
// `bench/exporters.ts`. `node bare-exporter.js MODE HOST PORT PATH LINES`; MODE is what it does first with each scrape:
// `page` nothing, `kept` one exchange over a connection that stays open, `dialled` one over a connection of its own,
// `redis` the commands of `sonde redis` over one of its own. LINES is the length of the page.
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import process from 'node:process';
import { gzipSync } from 'node:zlib';

const [mode = 'page', host = '', port = '0', path = '/', lines = '130'] = process.argv.slice(2);

/** About as many bytes as Sonde answers; what they say costs nothing here. */
const PAGE = Array.from(
  { length: Number(lines) },
  (_, at) => `some_metric_name_${at}{label="value"} ${at * 7919}`,
).join('\n');

let kept: Socket | undefined;

function dial(): Socket {
  const socket = connect(Number(port), host);
  socket.setNoDelay(true);
  return socket;
}

/** nginx closes a connection after a thousand requests. */
function keep(): Socket {
  return dial().on('close', () => {
    kept = undefined;
  });
}

/** One request and its answer, which comes in one piece. */
function exchange(socket: Socket, connection: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('data', () => {
      socket.off('error', reject);
      resolve();
    });
    socket.once('error', reject);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: ${connection}\r\n\r\n`);
  });
}

/** What `sonde redis` asks by default, and a last command whose answer is known. */
const COMMANDS = [
  'INFO ALL',
  'CLIENT SETNAME sonde',
  ...['databases', 'io-threads', 'maxclients', 'maxmemory', 'repl-backlog-size', 'client-output-buffer-limit'].map(
    (key) => `CONFIG GET ${key}`,
  ),
  ...['LATENCY LATEST', 'LATENCY HISTOGRAM', 'SLOWLOG LEN', 'SLOWLOG GET 1', 'PING'],
];
const QUESTION = COMMANDS.map((command) => `${command}\r\n`).join('');

function askRedis(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('data', (piece) => {
      if (piece.subarray(-7).toString('latin1') === '+PONG\r\n') resolve();
    });
    socket.once('error', reject);
    socket.write(QUESTION);
  });
}

async function ask(): Promise<void> {
  if (mode === 'kept') await exchange((kept ??= keep()), 'keep-alive');
  if (mode !== 'dialled' && mode !== 'redis') return;
  const socket = dial();
  await (mode === 'redis' ? askRedis(socket) : exchange(socket, 'close'));
  socket.destroy();
}

const server = createServer((_request, response) => {
  void ask().then(() => {
    const body = gzipSync(PAGE);
    response.writeHead(200, {
      'content-type': 'text/plain',
      'content-encoding': 'gzip',
      'content-length': body.length,
    });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) console.log(`Listening on 127.0.0.1:${address.port}`);
});
