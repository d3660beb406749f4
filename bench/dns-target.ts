// A name server that answers every question with one A record, as cheaply as Node can; a process of its own, so that
// its CPU time is its own.
import dgram from 'node:dgram';
import { once } from 'node:events';

const HEADER_LENGTH = 12;

/** The name of the question, A, IN, 60 s, 192.0.2.1. */
const RECORD = Buffer.from('c00c000100010000003c0004c0000201', 'hex');

/** The question with the answer behind it; what else was asked, such as EDNS, is left out. */
function answer(message: Buffer): Buffer {
  let end = HEADER_LENGTH;
  while (message[end] !== 0 && end < message.length) end += 1 + (message[end] ?? 0);
  const reply = Buffer.concat([message.subarray(0, end + 5), RECORD]);
  // A response, recursion desired and available; one question, one answer, nothing else.
  reply.writeUInt32BE(0x8180_0001, 2);
  reply.writeUInt32BE(0x0001_0000, 6);
  reply.writeUInt16BE(0, 10);
  return reply;
}

const socket = dgram.createSocket('udp4');
socket.on('message', (message, { port }) => {
  if (message.length > HEADER_LENGTH) socket.send(answer(message), port, '127.0.0.1');
});
socket.bind(0, '127.0.0.1');
await once(socket, 'listening');
console.log(`Listening on 127.0.0.1:${socket.address().port}`);
