/** The answer of an NTP server (RFC 5905 §7.3), with the values computed from it; times in seconds. */
export interface NtpAnswer {
  readonly leap: number;
  readonly stratum: number;
  readonly rootDelay: number;
  readonly rootDispersion: number;
  /** Seconds since the Unix epoch; undefined if the server's clock was never set. */
  readonly referenceTime: number | undefined;
  /** The server's clock minus ours. */
  readonly offset: number;
  readonly roundTrip: number;
  /** The server's clock when it answered, in seconds since the Unix epoch. */
  readonly serverTime: number;
  /**
   * The greatest error of the server's clock: half its round trip to the reference, and the error since the last
   * update.
   */
  readonly rootDistance: number;
  /** The least difference of the clocks, however long the packets took in either direction; in seconds. */
  readonly minimumError: number;
  /** The reason why the answer is unreliable; undefined if it is reliable. */
  readonly invalid: string | undefined;
}

/** When the question was sent and the answer received, by our clock, in seconds since the Unix epoch. */
export interface NtpMoments {
  readonly sent: number;
  readonly received: number;
}

/** The length of a packet without extensions (RFC 5905, 7.3). */
export const NTP_PACKET_BYTES = 48;

const MODE_CLIENT = 3;
const MODE_SERVER = 4;
const LEAP_NOT_IN_SYNC = 3;
/** The stratum from which on a server has no reference. */
const STRATUM_UNSYNCHRONIZED = 16;
/** RFC 5905 and ntpd's MAXDISP, in seconds: a larger dispersion is invalid. */
const MAXIMUM_DISPERSION = 16;
/** The longest poll interval (2^17 seconds). The reference time of a running server is not older. */
const LONGEST_POLL_SECONDS = 2 ** 17;

/** The seconds from 1900 to 1970. */
const NTP_EPOCH_SECONDS = 2_208_988_800;
const ERA_SECONDS = 2 ** 32;
const FRACTION = 2 ** 32;

/** A question; `cookie` stands in the transmit time and comes back with the answer, so that nobody else can answer. */
export function encodeNtpQuestion(version: number, cookie: bigint): Buffer {
  const packet = Buffer.alloc(NTP_PACKET_BYTES);
  packet.writeUInt8((version << 3) | MODE_CLIENT, 0);
  packet.writeBigUInt64BE(cookie, 40);
  return packet;
}

/** Whether the packet is an answer of a server to the question with this cookie. */
export function isNtpAnswer(packet: Buffer, cookie: bigint): boolean {
  return (
    packet.length >= NTP_PACKET_BYTES &&
    (packet.readUInt8(0) & 7) === MODE_SERVER &&
    packet.readBigUInt64BE(24) === cookie
  );
}

/** Reads an answer, for which isNtpAnswer holds. */
export function decodeNtpAnswer(packet: Buffer, { sent, received }: NtpMoments): NtpAnswer {
  const near = received;
  const receivedThere = timeAt(packet, 32, near) ?? 0;
  const sentThere = timeAt(packet, 40, near) ?? 0;
  const offset = (receivedThere - sent + (sentThere - received)) / 2;
  // The granularity of clocks can make it less than nothing.
  const roundTrip = Math.max(0, received - sent - (sentThere - receivedThere));
  const rootDelay = packet.readUInt32BE(4) / 2 ** 16;
  const rootDispersion = packet.readUInt32BE(8) / 2 ** 16;
  const answer = {
    leap: packet.readUInt8(0) >> 6,
    // 0 is a kiss of death, which is no stratum; it is shown as it is.
    stratum: packet.readUInt8(1),
    rootDelay,
    rootDispersion,
    referenceTime: timeAt(packet, 16, near),
    offset,
    roundTrip,
    serverTime: sentThere,
    rootDistance: (roundTrip + rootDelay) / 2 + rootDispersion,
    minimumError: Math.max(0, sent - receivedThere, sentThere - received),
  };
  return { ...answer, invalid: whyInvalid(answer) };
}

function whyInvalid({
  leap,
  stratum,
  rootDelay,
  rootDispersion,
  referenceTime,
  serverTime,
}: Omit<NtpAnswer, 'invalid'>): string | undefined {
  if (stratum === 0) return 'the server told us to go away';
  if (stratum >= STRATUM_UNSYNCHRONIZED) return 'the server has no reference';
  const age = serverTime - (referenceTime ?? 0);
  if (age > LONGEST_POLL_SECONDS) return 'the server has not asked its reference for long';
  if (age < 0) return 'the server asked its reference in the future';
  if (rootDelay / 2 + rootDispersion > MAXIMUM_DISPERSION) return 'the way to the reference is too long';
  return leap === LEAP_NOT_IN_SYNC ? 'the clock of the server is not set' : undefined;
}

/**
 * A time in 64 bits, seconds since 1900 and a fraction, in the era that is nearest to `near`; undefined for 0, which is
 * none.
 */
function timeAt(packet: Buffer, at: number, near: number): number | undefined {
  const seconds = packet.readUInt32BE(at);
  const fraction = packet.readUInt32BE(at + 4);
  if (seconds === 0 && fraction === 0) return undefined;
  const inFirstEra = seconds + fraction / FRACTION - NTP_EPOCH_SECONDS;
  return inFirstEra + Math.round((near - inFirstEra) / ERA_SECONDS) * ERA_SECONDS;
}
