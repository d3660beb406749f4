import t from 'tap';
import { createInbox, type EchoOutcome, IcmpChannel } from '../../../src/probers/icmp/icmp-channel.js';
import { FACTS, type IcmpAddon, type NativeSocket } from '../../../src/probers/icmp/icmp-native.js';
import { checksum } from '../../../src/probers/icmp/icmp-packet.js';

/** Something that the kernel hands out: a packet, or an ICMP error with the packet that it quotes. */
interface Arrival {
  readonly bytes: Uint8Array;
  readonly peer?: readonly number[];
  readonly facts?: Partial<Record<keyof typeof FACTS, number>>;
}

/** An addon without sockets: what arrives is up to the test, down to packets that no network would let it send. */
class ScriptedAddon implements IcmpAddon {
  readonly arrivals: Arrival[] = [];
  readonly sent: Buffer[] = [];
  #onReadable: () => void = () => undefined;
  closed = 0;

  readonly open = (_options: unknown, onReadable: () => void): NativeSocket => {
    this.#onReadable = onReadable;
    return {} as NativeSocket;
  };

  readonly send = (_socket: NativeSocket, _address: string, packet: Uint8Array): number => {
    this.sent.push(Buffer.from(packet));
    return 100;
  };

  readonly receive = (_socket: NativeSocket, bytes: Uint8Array, facts: Float64Array, peers: Uint8Array): number => {
    const arrival = this.arrivals.shift();
    if (arrival === undefined) return -1;
    bytes.set(arrival.bytes);
    facts.fill(0);
    facts[FACTS.atSeconds] = 100.25;
    facts[FACTS.hopLimit] = 61;
    for (const [name, value] of Object.entries(arrival.facts ?? {})) facts[FACTS[name as keyof typeof FACTS]] = value;
    peers.fill(0);
    peers.set(arrival.peer ?? TARGET);
    return arrival.bytes.length;
  };

  readonly close = (): void => {
    this.closed++;
  };

  deliver(...arrivals: readonly Arrival[]): void {
    this.arrivals.push(...arrivals);
    this.#onReadable();
  }
}

const TARGET = [192, 0, 2, 1];
const DATA = Buffer.from('ping');

function start(raw: boolean) {
  const addon = new ScriptedAddon();
  const channel = new IcmpChannel(addon, { family: 4, raw, ttl: 64, dontFragment: false, source: '' }, createInbox());
  const outcomes: EchoOutcome[] = [];
  const send = (id: number, sequence: number): void => {
    channel.send({
      address: '192.0.2.1',
      addressBytes: Uint8Array.from(TARGET),
      id,
      sequence,
      data: DATA,
      onOutcome: (outcome) => outcomes.push(outcome),
    });
  };
  return { addon, channel, outcomes, send };
}

function reply(id: number, sequence: number, data: Uint8Array = DATA): Buffer {
  const packet = Buffer.concat([Buffer.alloc(8), data]);
  packet.writeUInt16BE(id, 4);
  packet.writeUInt16BE(sequence, 6);
  packet.writeUInt16BE(checksum(packet), 2);
  return packet;
}

const IP_HEADER = Buffer.concat([Buffer.of(0x45), Buffer.alloc(19)]);
const raw = (packet: Buffer): Buffer => Buffer.concat([IP_HEADER, packet]);

t.test('a reply', async (t) => {
  const { addon, channel, outcomes, send } = start(true);
  send(1, 2);
  t.ok(channel.isTaken(1, 2));
  addon.deliver({ bytes: raw(reply(1, 2)) }, { bytes: raw(reply(1, 2)) });
  t.same(outcomes, [{ kind: 'reply', rttSeconds: 0.25, hopLimit: 61 }], 'counts once');
  t.notOk(channel.isTaken(1, 2));
});

t.test('the identifier means nothing on datagram sockets', async (t) => {
  const { addon, channel, outcomes, send } = start(false);
  send(1, 2);
  t.ok(channel.isTaken(9, 2));
  addon.deliver({ bytes: reply(77, 2) });
  t.equal(outcomes.length, 1);
});

t.test('a clock that was set back makes no negative time', async (t) => {
  const { addon, outcomes, send } = start(false);
  send(1, 2);
  addon.deliver({ bytes: reply(1, 2), facts: { atSeconds: 99 } });
  t.match(outcomes, [{ rttSeconds: 0 }]);
});

t.test('what does not count', async (t) => {
  const { addon, channel, outcomes, send } = start(true);
  send(1, 2);
  addon.deliver(
    { bytes: raw(reply(1, 3)) },
    { bytes: raw(reply(2, 2)) },
    { bytes: raw(reply(1, 2)), peer: [192, 0, 2, 2] },
    { bytes: raw(reply(1, 2, Buffer.from('pong'))) },
    { bytes: raw(reply(1, 2, Buffer.from('pin'))) },
    { bytes: raw(reply(1, 2, Buffer.from('ping!'))) },
    { bytes: raw(reply(1, 2)), facts: { truncated: 1 } },
    { bytes: raw(addon.sent[0] ?? Buffer.alloc(0)) },
    { bytes: Buffer.alloc(0) },
    { bytes: addon.sent[0] ?? Buffer.alloc(0), facts: { isError: 1, errorOrigin: 2 }, peer: [192, 0, 2, 2] },
    { bytes: addon.sent[0] ?? Buffer.alloc(0), facts: { isError: 1, errorOrigin: 1 } },
    { bytes: Buffer.alloc(8), facts: { isError: 1, errorOrigin: 2 } },
    { bytes: Buffer.alloc(0), facts: { isError: 1, errorOrigin: 2 } },
  );
  t.same(outcomes, [], 'wrong numbers, sender, data, length, type, origin');
  t.ok(channel.isTaken(1, 2), 'the request still waits');
});

t.test('an ICMP error', async (t) => {
  const { addon, outcomes, send } = start(true);
  send(1, 2);
  const [request = Buffer.alloc(0)] = addon.sent;
  const facts = { isError: 1, errorOrigin: 2, errorType: 3, errorCode: 4, errorInfo: 1400, offenderFamily: 4 };
  addon.deliver({ bytes: request, facts, peer: [...TARGET, ...Array.from({ length: 12 }, () => 0), 10, 0, 0, 1] });
  t.same(outcomes, [{ kind: 'error', error: { family: 4, type: 3, code: 4, offender: '10.0.0.1', mtu: 1400 } }]);
});

t.test('a forgotten request has no outcome', async (t) => {
  const { addon, channel, outcomes, send } = start(true);
  send(1, 2);
  channel.forget({ id: 1, sequence: 2 });
  addon.deliver({ bytes: raw(reply(1, 2)) });
  t.same(outcomes, []);
});

t.test('what arrives meanwhile is read while thousands are sent', async (t) => {
  const { addon, outcomes, send } = start(true);
  for (let sequence = 0; sequence < 1000; sequence++) {
    send(1, sequence);
    addon.arrivals.push({ bytes: raw(reply(1, sequence)) });
  }
  t.ok(outcomes.length > 900, 'nothing has told the channel that it is readable');
  t.ok(addon.arrivals.length < 100);
});

t.test('a channel that is closed reads no further', async (t) => {
  const { addon, channel, outcomes, send } = start(true);
  send(1, 1);
  channel.close();
  addon.deliver({ bytes: raw(reply(1, 1)) });
  t.same(outcomes, []);
  t.equal(addon.closed, 1);
});
