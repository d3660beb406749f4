import { type AddressInfo, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { startStreamServer } from '../../helpers/servers/stream-server.js';
import { startTestExporter, type TestExporter } from '../../helpers/services/start-exporter.js';
import { until } from '../../helpers/until.js';

const PAGE = 'Active connections: 3 \nserver accepts handled requests\n 10 9 20 \nReading: 0 Writing: 1 Waiting: 2 \n';
const LENGTH = `Content-Length: ${PAGE.length}\r\n`;
const WHOLE = `HTTP/1.1 200 OK\r\n${LENGTH}\r\n${PAGE}`;

/** The answer to a request: the number of the connection and of the request on it, from 1. */
type Answering = (socket: Socket, connection: number, request: number) => void;

const always = (answer: string): Answering => {
  return (socket) => {
    socket.write(answer);
  };
};

/** A server whose answers are scripted, and the exporter that asks it. */
async function startBoth(t: Test, answer: Answering) {
  const requests: number[] = [];
  const server = await startStreamServer(t, (socket) => {
    const connection = requests.push(0);
    socket.on('data', () => {
      answer(socket, connection, (requests[connection - 1] = (requests[connection - 1] ?? 0) + 1));
    });
  });
  const exporter = await startTestExporter(t, 'nginx', [`--nginx.scrape-uri=http://${server.target}/stub_status`]);
  return { server, exporter, requests };
}

async function up(exporter: TestExporter): Promise<string | undefined> {
  return /^nginx_up (\d)$/m.exec((await exporter.get('/metrics')).text)?.[1];
}

t.test('the second of three scrapes finds what the server has made of the connection', async (t) => {
  const rows: readonly {
    readonly name: string;
    readonly answer: Answering;
    /** The requests of each connection. */
    readonly requests: readonly number[];
    readonly ups?: readonly string[];
  }[] = [
    { name: 'it keeps it', answer: always(WHOLE), requests: [3] },
    {
      name: 'it says that it closes',
      answer: always(WHOLE.replace('\r\n\r\n', '\r\nConnection: foo, Close\r\n\r\n')),
      requests: [1, 1, 1],
    },
    { name: 'an old one', answer: always(WHOLE.replace('HTTP/1.1', 'HTTP/1.0')), requests: [1, 1, 1] },
    { name: 'an interim answer first', answer: always(`HTTP/1.1 103 Early Hints\r\n\r\n${WHOLE}`), requests: [3] },
    { name: 'more than the answer, together', answer: always(`${WHOLE}${WHOLE}`), requests: [1, 1, 1] },
    {
      name: 'it closes an idle connection',
      answer: (socket) => {
        socket.end(WHOLE);
      },
      requests: [1, 1, 1],
    },
    {
      name: 'it closes at the second request, without a byte',
      answer: (socket, _, request) => {
        if (request === 1) socket.write(WHOLE);
        else socket.end();
      },
      requests: [2, 2, 1],
    },
    {
      name: 'it resets at the second request',
      answer: (socket, _, request) => {
        if (request === 1) socket.write(WHOLE);
        else socket.resetAndDestroy();
      },
      requests: [2, 2, 1],
    },
    {
      name: 'it ends in the middle of the second answer',
      answer: (socket, connection, request) => {
        if (connection > 1 || request === 1) socket.write(WHOLE);
        else socket.end(WHOLE.slice(0, -5));
      },
      requests: [2, 1],
      ups: ['1', '0', '1'],
    },
    {
      name: 'another page once',
      answer: (socket, _, request) => {
        socket.write(request === 2 ? 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno!' : WHOLE);
      },
      requests: [3],
      ups: ['1', '0', '1'],
    },
    {
      name: 'an error once',
      answer: (socket, connection, request) => {
        socket.write(connection > 1 || request === 1 ? WHOLE : `HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n`);
      },
      requests: [2, 1],
      ups: ['1', '0', '1'],
    },
  ];
  for (const { name, answer, requests, ups = ['1', '1', '1'] } of rows) {
    const both = await startBoth(t, answer);
    const found = [];
    for (let scrape = 0; scrape < 3; scrape++) found.push(await up(both.exporter));
    t.same(found, ups, `${name}: nginx_up`);
    t.same(both.requests, requests, `${name}: requests on each connection`);
    await both.exporter.stop(0);
  }
});

t.test('bytes that nobody has asked for end an idle connection', async (t) => {
  const sockets: Socket[] = [];
  const { server, exporter, requests } = await startBoth(t, (socket) => {
    sockets.push(socket);
    socket.write(WHOLE);
  });
  t.equal(await up(exporter), '1');
  sockets[0]?.write('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n');
  await until(() => server.open() === 0, 'the connection is closed');
  t.equal(await up(exporter), '1');
  t.same(requests, [1, 1]);
});

t.test('two scrapes at once have a connection each, and one of them stays', async (t) => {
  const waiting: Socket[] = [];
  const { server, exporter, requests } = await startBoth(t, (socket) => {
    waiting.push(socket);
    if (waiting.length >= 2) for (const each of waiting) each.write(WHOLE);
  });
  t.same(await Promise.all([up(exporter), up(exporter)]), ['1', '1']);
  t.same(requests, [1, 1]);
  await until(() => server.open() === 1, 'one of them is closed');
});

t.test('the server is asked for no more than stays open, and the end of the service closes that', async (t) => {
  const { server, exporter } = await startBoth(t, always(WHOLE));
  await up(exporter);
  t.notMatch(server.received().toString(), /^Connection:/im);
  t.equal(server.open(), 1);
  await exporter.stop(0);
  await until(() => server.open() === 0, 'the connection is closed');
});

t.test('a server that is gone is down, whatever was kept', async (t) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    socket.on('data', () => socket.write(WHOLE));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const exporter = await startTestExporter(t, 'nginx', [`--nginx.scrape-uri=http://127.0.0.1:${port}/stub_status`]);
  t.equal(await up(exporter), '1');
  server.close();
  for (const socket of sockets) socket.resetAndDestroy();
  t.equal(await up(exporter), '0');
});
