import dgram from 'node:dgram';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { uint16, wireName, wireRecord, wireReply, wireString } from '../../../test/helpers/servers/dns-bytes.js';
import type { TargetRow } from '../hostile-row.js';
import { flood, listenTcp } from '../tcp-target.js';

const TYPE = { a: 1, ns: 2, txt: 16, nsec: 47, opt: 41 } as const;
const POINTER = Buffer.of(0xc0, 0x0c);
/** What fits into one message, less the head and the question. */
const ROOM = 65_400;

function fill(record: Buffer): Buffer[] {
  return Array<Buffer>(Math.floor(ROOM / record.length)).fill(record);
}

/** Names each of which begins with one octet and goes on in the one before: as deep as pointers reach. */
function ladder(query: Buffer): Buffer {
  const start = wireReply(query).length;
  const records: Buffer[] = [];
  let before = 12;
  let at = start;
  while (at < 0x3f00) {
    const record = wireRecord({
      owner: Buffer.concat([Buffer.of(1, 0x61), pointerTo(before)]),
      type: TYPE.a,
      rdata: Buffer.alloc(4),
    });
    records.push(record);
    before = at;
    at += record.length;
  }
  const rest = wireRecord({ owner: pointerTo(before), type: TYPE.ns, rdata: pointerTo(before) });
  records.push(...Array<Buffer>(Math.floor((ROOM - at) / rest.length)).fill(rest));
  return wireReply(query, { answer: records });
}

function pointerTo(offset: number): Buffer {
  return uint16(0xc000 | offset);
}

type Answer = (query: Buffer) => Buffer;

const whole =
  (...answer: readonly Buffer[]): Answer =>
  (query) =>
    wireReply(query, { answer });

const ANSWERS: readonly (readonly [name: string, answer: Answer])[] = [
  ['thousands of addresses', whole(...fill(wireRecord({ type: TYPE.a, rdata: Buffer.alloc(4) })))],
  ['empty records', whole(...fill(wireRecord({ owner: Buffer.of(0), type: 0xff00, rdata: Buffer.alloc(0) })))],
  [
    'one text of 64 KiB',
    whole(wireRecord({ type: TYPE.txt, rdata: Buffer.concat(fill(wireString('\x01'.repeat(255)))) })),
  ],
  ['texts of nothing', whole(wireRecord({ type: TYPE.txt, rdata: Buffer.alloc(65_000) }))],
  [
    'bitmaps',
    whole(
      ...fill(wireRecord({ type: TYPE.nsec, rdata: Buffer.concat([Buffer.of(0, 0, 32), Buffer.alloc(32, 0xff)]) })),
    ),
  ],
  [
    'options',
    whole(...fill(wireRecord({ type: TYPE.opt, rdata: Buffer.concat(Array<Buffer>(60).fill(Buffer.alloc(4))) }))),
  ],
  ['a ladder of pointers', ladder],
  [
    '65,535 questions',
    (query) =>
      Buffer.concat([
        wireReply(query, { counts: [65_535, 0, 0, 0] }),
        ...fill(Buffer.concat([POINTER, Buffer.alloc(4)])),
      ]),
  ],
  ['names of 127 labels', whole(...fill(wireRecord({ type: TYPE.ns, rdata: wireName('a.'.repeat(126)) })))],
];

const REGEXPS = ['^x.*(a|b)+[0-9]{1,30}$', '(?i)needle$'];

function module(transport: 'tcp' | 'udp') {
  const validate = { fail_if_matches_regexp: REGEXPS };
  return {
    prober: 'dns',
    dns: { query_name: 'example.org', query_type: 'ANY', transport_protocol: transport, validate_answer_rrs: validate },
  };
}

function framed(message: Buffer): Buffer {
  return Buffer.concat([uint16(message.length), message]);
}

function onQuery(socket: Socket, answer: (query: Buffer) => void): void {
  socket.once('data', (bytes) => {
    answer(bytes.subarray(2));
  });
}

/** An octet in each segment. */
function trickle(socket: Socket, bytes: Buffer): void {
  let at = 0;
  const more = (): void => {
    for (let count = 0; count < 64 && at < bytes.length && !socket.destroyed; count++)
      socket.write(bytes.subarray(at, ++at));
    if (at < bytes.length && !socket.destroyed) setImmediate(more);
  };
  more();
}

async function answerUdp(answer: (query: Buffer, send: (reply: Buffer) => void) => void): Promise<string> {
  const server = dgram.createSocket({ type: 'udp4', sendBufferSize: 1024 * 1024 });
  server.on('message', (query, { port, address }) => {
    answer(query, (reply) => {
      server.send(reply, port, address);
    });
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${server.address().port}`;
}

const row = (name: string, transport: 'tcp' | 'udp', start: () => Promise<string>): TargetRow => ({
  kind: 'target',
  name: `dns: ${name}`,
  group: 'dns',
  module: module(transport),
  start,
});

const [, text = whole()] = ANSWERS[2] ?? [];

/** Replies as large as they may be, and what else a name server may send. */
export const DNS: readonly TargetRow[] = [
  ...ANSWERS.map(([name, answer]) =>
    row(`${name} over TCP`, 'tcp', () =>
      listenTcp((socket) => {
        onQuery(socket, (query) => socket.end(framed(answer(query))));
      }),
    ),
  ),
  ...ANSWERS.map(([name, answer]) =>
    row(`${name} over UDP`, 'udp', () =>
      answerUdp((query, send) => {
        send(answer(query));
      }),
    ),
  ),
  row('64 KiB in segments of an octet', 'tcp', () =>
    listenTcp((socket) => {
      onQuery(socket, (query) => {
        trickle(socket, framed(text(query)));
      });
    }),
  ),
  row('a flood behind the reply', 'tcp', () =>
    listenTcp((socket) => {
      onQuery(socket, (query) => {
        flood(socket, framed(wireReply(query, { id: 1 })));
      });
    }),
  ),
  row('replies to other questions', 'udp', () =>
    answerUdp((query, send) => {
      const other = wireReply(query, { id: (query.readUInt16BE(0) + 1) & 0xffff });
      const timer = setInterval(() => {
        for (let count = 0; count < 200; count++) send(other);
      }, 1);
      setTimeout(() => {
        clearInterval(timer);
      }, 3500);
    }),
  ),
];
