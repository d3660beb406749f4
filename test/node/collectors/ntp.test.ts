import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { ntp } from '../../../src/node/collectors/ntp.js';
import { closedUdpPort } from '../../helpers/servers/stream-server.js';
import { askCollector } from '../../helpers/services/collect.js';

const NTP_EPOCH_SECONDS = 2_208_988_800;
const DAY_SECONDS = 86_400;

interface Answer {
  readonly leap?: number;
  readonly stratum?: number;
  readonly mode?: number;
  readonly rootDelay?: number;
  readonly rootDispersion?: number;
  /** How far its clock is before ours, in seconds. */
  readonly ahead?: number;
  /** How long ago its clock was set, in seconds; undefined for never. */
  readonly age?: number | undefined;
  /** Sent before the answer. */
  readonly before?: (question: Buffer) => Buffer;
}

/** A real NTP server on a port of its own, until the test ends; returns the flags to ask it. */
async function startNtpServer(t: Test, answer: Answer): Promise<Record<string, string>> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    if (answer.before !== undefined) socket.send(answer.before(question), port, address);
    socket.send(answerTo(question, answer), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  return { 'ntp.server-port': String(socket.address().port), 'ntp.local-offset-tolerance': '500ms' };
}

function answerTo(question: Buffer, answer: Answer): Buffer {
  const { leap = 0, stratum = 2, mode = 4, rootDelay = 0.5, rootDispersion = 0.25, ahead = 0 } = answer;
  const age = 'age' in answer ? answer.age : 64;
  const now = Date.now() / 1000 + ahead;
  const packet = Buffer.alloc(48);
  packet.writeUInt8((leap << 6) | (question.readUInt8(0) & 0x38) | mode, 0);
  packet.writeUInt8(stratum, 1);
  packet.writeUInt32BE(rootDelay * 2 ** 16, 4);
  packet.writeUInt32BE(rootDispersion * 2 ** 16, 8);
  if (age !== undefined) putTime(packet, 16, now - age);
  question.copy(packet, 24, 40, 48);
  putTime(packet, 32, now);
  putTime(packet, 40, now);
  return packet;
}

function putTime(packet: Buffer, at: number, unixSeconds: number): void {
  const seconds = Math.floor(unixSeconds);
  packet.writeUInt32BE((seconds + NTP_EPOCH_SECONDS) % 2 ** 32, at);
  packet.writeUInt32BE(Math.floor((unixSeconds - seconds) * 2 ** 32), at + 4);
}

/** Values by the names of the metrics, without `node_ntp_`. */
async function ask(flags: Record<string, string>): Promise<Readonly<Record<string, number>>> {
  const output = await askCollector(ntp, { flags }).scrape();
  const values: Record<string, number> = {};
  for (const [, name = '', value] of output.matchAll(/^node_ntp_(\w+) (\S+)$/gm)) values[name] = Number(value);
  return values;
}

t.test('a good server', async (t) => {
  const values = await ask(await startNtpServer(t, {}));
  t.match(values, { stratum: 2, leap: 0, root_delay_seconds: 0.5, root_dispersion_seconds: 0.25, sanity: 1 });
  t.same(Object.keys(values).length, 8);
});

t.test('what is shown of a clock that is ahead', async (t) => {
  const values = await ask(await startNtpServer(t, { ahead: 1000, age: 100 }));
  t.ok(Math.abs((values['offset_seconds'] ?? 0) - 1000) < 100, `offset ${values['offset_seconds']}`);
  t.ok((values['reference_timestamp_seconds'] ?? 0) > Date.now() / 1000 + 500, 'the reference is of its own time');
  t.equal(values['sanity'], 0);
});

t.test('sanity', async (t) => {
  const rows: readonly { name: string; answer: Answer; flags?: Record<string, string>; sanity: number }[] = [
    { name: 'a kiss of death', answer: { stratum: 0 }, sanity: 0 },
    { name: 'no reference', answer: { stratum: 16 }, sanity: 0 },
    { name: 'a clock that is not set', answer: { leap: 3 }, sanity: 0 },
    { name: 'a clock that was never set', answer: { age: undefined }, sanity: 0 },
    { name: 'a reference of two days ago', answer: { age: 2 * DAY_SECONDS }, sanity: 0 },
    { name: 'a reference in the future', answer: { age: -10 }, sanity: 0 },
    { name: 'a long way to the reference', answer: { rootDelay: 40 }, sanity: 0 },
    { name: 'farther than allowed', answer: { rootDispersion: 4 }, sanity: 0 },
    { name: 'farther, allowed', answer: { rootDispersion: 4 }, flags: { 'ntp.max-distance': '10s' }, sanity: 1 },
    { name: 'off by a second and a half', answer: { ahead: -1.5 }, sanity: 0 },
    {
      name: 'off by that, allowed',
      answer: { ahead: -1.5 },
      flags: { 'ntp.local-offset-tolerance': '30s' },
      sanity: 1,
    },
    { name: 'a leap second', answer: { leap: 1, ahead: -1.2 }, sanity: 1 },
  ];
  for (const { name, answer, flags = {}, sanity } of rows) {
    const values = await ask({ ...(await startNtpServer(t, answer)), ...flags });
    t.equal(values['sanity'], sanity, name);
  }
});

t.test('the leap second is remembered once it is no longer announced', async (t) => {
  const answers = [
    { leap: 1, ahead: -1.2 },
    { leap: 0, ahead: -1.2 },
  ];
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) =>
    socket.send(answerTo(question, answers.shift() ?? {}), port, address),
  );
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  const flags = { 'ntp.server-port': String(socket.address().port), 'ntp.local-offset-tolerance': '500ms' };
  const asked = askCollector(ntp, { flags });
  t.match(await asked.scrape(), 'node_ntp_sanity 1\n');
  t.match(await asked.scrape(), 'node_ntp_sanity 1\n');
});

t.test('a leap second counts around the midnight after it was announced, no longer', async (t) => {
  const answers = [
    { leap: 1, ahead: -1.2 },
    { leap: 0, ahead: 2 * DAY_SECONDS },
  ];
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) =>
    socket.send(answerTo(question, answers.shift() ?? {}), port, address),
  );
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  // Two days and half a second: what a leap second would add decides.
  const tolerance = `${2 * DAY_SECONDS - 0.5}s`;
  const flags = { 'ntp.server-port': String(socket.address().port), 'ntp.local-offset-tolerance': tolerance };
  const asked = askCollector(ntp, { flags });
  t.match(await asked.scrape(), 'node_ntp_sanity 1\n', 'announced');
  t.match(await asked.scrape(), 'node_ntp_sanity 0\n', 'two days later');
});

t.test('what is no answer is passed over', async (t) => {
  const rows = [
    { name: 'too short', before: () => Buffer.from('hello') },
    { name: 'not of a server', before: (question: Buffer) => answerTo(question, { stratum: 9, mode: 3 }) },
    { name: 'to another question', before: () => answerTo(Buffer.alloc(48), { stratum: 9 }) },
  ];
  for (const { name, before } of rows) {
    t.equal((await ask(await startNtpServer(t, { before })))['stratum'], 2, name);
  }
});

t.test('no server', async (t) => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const abort = new AbortController();
  const silent = askCollector(ntp, { flags: { 'ntp.server-port': String(port) }, signal: abort.signal }).scrape();
  socket.once('message', () => abort.abort());
  await t.rejects(silent, { message: `couldn't get SNTP reply from 127.0.0.1:${port}: there was no answer in time` });
  socket.close();
  const closed = (await closedUdpPort()).split(':')[1] ?? '';
  await t.rejects(askCollector(ntp, { flags: { 'ntp.server-port': closed } }).scrape(), { message: /ECONNREFUSED/ });
});

t.test('flags that are refused', async (t) => {
  const rows = [
    {
      flags: { 'ntp.server': '192.0.2.1' },
      message: 'only IP address of local NTP server is valid for --collector.ntp.server',
    },
    {
      flags: { 'ntp.server': 'localhost' },
      message: 'only IP address of local NTP server is valid for --collector.ntp.server',
    },
    { flags: { 'ntp.protocol-version': '5' }, message: 'invalid NTP protocol version 5; must be 2, 3, or 4' },
    { flags: { 'ntp.local-offset-tolerance': '-1s' }, message: 'offset tolerance must be non-negative' },
    { flags: { 'ntp.server-port': '0' }, message: 'invalid NTP port number 0; must be between 1 and 65535 inclusive' },
    {
      flags: { 'ntp.ip-ttl': '0' },
      message: "invalid value for flag '--collector.ntp.ip-ttl': 0 is not between 1 and 255",
    },
  ];
  for (const { flags, message } of rows) t.throws(() => askCollector(ntp, { flags }), { message }, message);
  t.doesNotThrow(() => askCollector(ntp, { flags: { 'ntp.server': '::1' } }));
  t.doesNotThrow(() => askCollector(ntp, { flags: { 'ntp.server': '192.0.2.1', 'ntp.server-is-local': 'true' } }));
});
