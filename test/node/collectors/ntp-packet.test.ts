import t from 'tap';
import { decodeNtpAnswer } from '../../../src/node/collectors/ntp-packet.js';

const NTP_EPOCH_SECONDS = 2_208_988_800;

/**
 * An answer whose server got the question at `there` and answered half a second later; root delay 3 s, dispersion 0.25
 * s.
 */
function answer(there: number): Buffer {
  const packet = Buffer.alloc(48);
  packet.writeUInt8(0x24, 0);
  packet.writeUInt8(2, 1);
  packet.writeUInt32BE(3 * 2 ** 16, 4);
  packet.writeUInt32BE(0.25 * 2 ** 16, 8);
  const moments = [
    [16, there - 64],
    [32, there],
    [40, there + 0.5],
  ] as const;
  for (const [at, unixSeconds] of moments) {
    const whole = Math.floor(unixSeconds);
    packet.writeUInt32BE((whole + NTP_EPOCH_SECONDS) % 2 ** 32, at);
    packet.writeUInt32BE((unixSeconds - whole) * 2 ** 32, at + 4);
  }
  return packet;
}

t.test('what the four moments of an exchange give (RFC 5905, section 8)', (t) => {
  const sent = 1_700_000_000;
  const rows = [
    { name: 'equal clocks', there: sent + 0.25, offset: 0, minimumError: 0 },
    { name: 'a server that is ahead', there: sent + 10.25, offset: 10, minimumError: 9.75 },
    { name: 'a server that is behind', there: sent - 9.75, offset: -10, minimumError: 9.75 },
  ];
  for (const { name, there, offset, minimumError } of rows) {
    const { invalid, ...found } = decodeNtpAnswer(answer(there), { sent, received: sent + 1 });
    t.equal(invalid, undefined, name);
    t.match(found, { offset, minimumError, roundTrip: 0.5, serverTime: there + 0.5, referenceTime: there - 64 }, name);
    t.equal(found.rootDistance, (0.5 + 3) / 2 + 0.25, `${name}: half the way there and back, and the dispersion`);
  }
  t.end();
});
