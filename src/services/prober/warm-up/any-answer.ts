import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';

/**
 * Answers a connection of the warm-up in the protocol that it speaks: HTTP/1.1, WebSocket, HTTP/2, DNS, RESP;
 * anything else is echoed.
 */
export function answerAnything(socket: Socket): void {
  let received: Buffer = Buffer.alloc(0);
  let answered = false;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    const answer = answered ? undefined : answerTo(received);
    if (answer !== undefined) socket.write(answer);
    answered ||= answer !== undefined;
  });
}

/** Undefined as long as the question is not complete. */
function answerTo(question: Buffer): Buffer | undefined {
  if (question[0] === 0) return question.length > 2 ? framedReply(question) : undefined;
  const text = question.toString('latin1');
  if (text.startsWith('PRI ')) return hasRequest(question) ? HTTP2_ANSWER : undefined;
  if (text.startsWith('*')) return RESP_ANSWERS;
  if (!/^[A-Z]+ \S+ HTTP/.test(text)) return question;
  if (!text.includes('\r\n\r\n')) return undefined;
  const key = /^sec-websocket-key: *(\S+)/im.exec(text)?.[1];
  if (text.startsWith('GET /stub_status ')) return STUB_STATUS_ANSWER;
  return key === undefined ? HTTP1_ANSWER : websocketAnswer(key);
}

const HTTP1_ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
);

const STUB_STATUS =
  'Active connections: 1 \nserver accepts handled requests\n 1 1 1 \nReading: 0 Writing: 1 Waiting: 0 \n';
const STUB_STATUS_ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Length: ${STUB_STATUS.length}\r\n\r\n${STUB_STATUS}`,
);

/** More commands than a redis probe sends at once. Unread data does no harm. */
const RESP_COMMANDS = 32;
const RESP_INFO = '# Server\r\nredis_version:7.0.0\r\n';
const RESP_ANSWERS = Buffer.from(`$${RESP_INFO.length}\r\n${RESP_INFO}\r\n`.repeat(RESP_COMMANDS));

/** RFC 6455, 4.2.2, and a message that says hello. */
function websocketAnswer(key: string): Buffer {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}`;
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), Buffer.from([0x81, 5]), Buffer.from('hello')]);
}

const PREFACE_BYTES = 24;
const FRAME_HEAD_BYTES = 9;
const FRAME = { data: 0, headers: 1, settings: 4 } as const;
const FLAG = { none: 0, ack: 1, endStream: 1, endHeaders: 4 } as const;

/** Whether the client's frames have come to a HEADERS frame (RFC 9113, 4.1). */
function hasRequest(bytes: Buffer): boolean {
  let at = PREFACE_BYTES;
  while (at + FRAME_HEAD_BYTES <= bytes.length) {
    if (bytes[at + 3] === FRAME.headers) return true;
    at += FRAME_HEAD_BYTES + bytes.readUIntBE(at, 3);
  }
  return false;
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header field that is in no table (RFC 7541, 6.2.2). */
function field(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

/** `:status: 200` (RFC 7541, appendix A). */
const STATUS_200 = Buffer.from([0x88]);

/** An answer that is good for a browser and for a health check of gRPC: SERVING, and status 0 behind it. */
const HTTP2_ANSWER = Buffer.concat([
  frame(FRAME.settings, FLAG.none, 0),
  frame(FRAME.settings, FLAG.ack, 0),
  frame(FRAME.headers, FLAG.endHeaders, 1, Buffer.concat([STATUS_200, field('content-type', 'application/grpc')])),
  frame(FRAME.data, FLAG.none, 1, Buffer.from([0, 0, 0, 0, 2, 8, 1])),
  frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, field('grpc-status', '0')),
]);

/** The message follows its length in two octets, as in DNS over TCP. */
function framedReply(question: Buffer): Buffer {
  const reply = dnsReply(question.subarray(2));
  return Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 0xff]), reply]);
}

const DNS_HEAD_BYTES = 12;
const TYPE_A = 1;

/** 127.0.0.1 for any name; no other data (RFC 1035, 4.1). */
export function dnsReply(query: Buffer): Buffer {
  let end = DNS_HEAD_BYTES;
  while ((query[end] ?? 0) !== 0) end += 1 + (query[end] ?? 0);
  const question = query.subarray(0, end + 5);
  const head = Buffer.from(question);
  if (head.length < DNS_HEAD_BYTES + 5) return head;
  const isAddress = head.readUInt16BE(end + 1) === TYPE_A;
  // Response, recursion desired and available; one question, perhaps an answer.
  head.writeUInt16BE(0x8180, 2);
  head.fill(0, 4, DNS_HEAD_BYTES);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(isAddress ? 1 : 0, 6);
  return isAddress ? Buffer.concat([head, ADDRESS_RECORD]) : head;
}

const ADDRESS_RECORD = Buffer.from([0xc0, DNS_HEAD_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
