import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { BlockList, isIP } from 'node:net';
import { gauge } from '../../metrics/metric-definition.js';
import type { Clock } from '../../values/clock.js';
import type { CollectorSpec } from '../collector.js';
import type { CollectorOptions } from '../collector-options.js';
import type { MetricSink } from '../metric-sink.js';
import { startPreciseClock } from '../precise-clock.js';
import { decodeNtpAnswer, encodeNtpQuestion, isNtpAnswer, type NtpAnswer } from './ntp-packet.js';

const stratum = gauge('node_ntp_stratum', 'NTPD stratum.');
const leap = gauge('node_ntp_leap', 'NTPD leap second indicator, 2 bits.');
const roundTrip = gauge('node_ntp_rtt_seconds', 'RTT to NTPD.');
const offset = gauge('node_ntp_offset_seconds', 'ClockOffset between NTP and local clock.');
const referenceTime = gauge('node_ntp_reference_timestamp_seconds', 'NTPD ReferenceTime, UNIX timestamp.');
const rootDelay = gauge('node_ntp_root_delay_seconds', 'NTPD RootDelay.');
const rootDispersion = gauge('node_ntp_root_dispersion_seconds', 'NTPD RootDispersion.');
const sanity = gauge('node_ntp_sanity', 'NTPD sanity according to RFC5905 heuristics and configured limits.');

/** How long an answer may take, in seconds, as long as ntpdate waits. */
const ANSWER_SECONDS = 1;
const DAY_SECONDS = 86_400;
/** While a leap second is spread over a day, clocks may differ by all of it. */
const LEAP_SMEAR_SECONDS = 1;

interface NtpOptions {
  readonly server: string;
  readonly port: number;
  readonly version: number;
  readonly hops: number;
  readonly longestDistance: number;
  readonly offsetTolerance: number;
}

/** Asks the NTP server of this host once in each scrape. */
export const ntp: CollectorSpec = {
  name: 'ntp',
  isDefault: false,
  flags: [
    { kind: 'value', name: 'ntp.server', default: '127.0.0.1', help: 'NTP server to use for ntp collector.' },
    {
      kind: 'value',
      name: 'ntp.server-port',
      default: '123',
      holds: 'number',
      help: 'UDP port number to connect to on NTP server.',
    },
    {
      kind: 'value',
      name: 'ntp.protocol-version',
      default: '4',
      holds: 'number',
      help: 'NTP protocol version.',
    },
    {
      kind: 'switch',
      name: 'ntp.server-is-local',
      default: false,
      help: 'Certify that collector.ntp.server address is not a public ntp server.',
    },
    {
      kind: 'value',
      name: 'ntp.ip-ttl',
      default: '1',
      holds: 'number',
      help: 'IP TTL to use while sending NTP query.',
    },
    {
      kind: 'value',
      name: 'ntp.max-distance',
      default: '3.46608s',
      holds: 'duration',
      help: 'Max accumulated distance to the root.',
    },
    {
      kind: 'value',
      name: 'ntp.local-offset-tolerance',
      default: '1ms',
      holds: 'duration',
      help: 'Offset between local clock and local ntpd time to tolerate.',
    },
  ],
  create: (options, { clock }) => {
    const asked = readOptions(options);
    // The announcement of a leap second is gone right after it.
    let leapMidnight = -Infinity;
    return {
      collect: async ({ metrics, signal }) => {
        const answer = await askServer(asked, clock, signal);
        if (answer.leap === 1 || answer.leap === 2) {
          leapMidnight = (Math.floor(answer.serverTime / DAY_SECONDS) + 1) * DAY_SECONDS;
        }
        report(metrics, answer);
        metrics.set(sanity, isSane(answer, asked, leapMidnight) ? 1 : 0);
      },
    };
  },
};

/** Throws an Error in upstream's words for what upstream refuses. */
function readOptions(options: CollectorOptions): NtpOptions {
  const server = options.text('ntp.server');
  if (!options.isOn('ntp.server-is-local') && !isLoopback(server)) {
    throw new Error('only IP address of local NTP server is valid for --collector.ntp.server');
  }
  const version = options.number('ntp.protocol-version');
  if (![2, 3, 4].includes(version)) throw new Error(`invalid NTP protocol version ${version}; must be 2, 3, or 4`);
  const offsetTolerance = options.seconds('ntp.local-offset-tolerance');
  if (offsetTolerance < 0) throw new Error('offset tolerance must be non-negative');
  const port = options.number('ntp.server-port');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`invalid NTP port number ${port}; must be between 1 and 65535 inclusive`);
  }
  const hops = options.number('ntp.ip-ttl');
  if (!Number.isInteger(hops) || hops < 1 || hops > 255) {
    throw new Error(`invalid value for flag '--collector.ntp.ip-ttl': ${hops} is not between 1 and 255`);
  }
  return { server, port, version, hops, longestDistance: options.seconds('ntp.max-distance'), offsetTolerance };
}

function isLoopback(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

async function askServer(
  { server, port, version, hops }: NtpOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<NtpAnswer> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_SECONDS * 1000)]);
  const socket = createSocket(isIP(server) === 6 ? 'udp6' : 'udp4');
  try {
    // The socket is connected, so that answers of others do not arrive, and a closed port is an error at once.
    socket.connect(port, server);
    await once(socket, 'connect', { signal: deadline });
    socket.setTTL(hops);
    const cookie = randomBytes(8).readBigUInt64BE();
    const now = startPreciseClock(clock);
    const sent = now();
    socket.send(encodeNtpQuestion(version, cookie));
    for (;;) {
      const [packet] = (await once(socket, 'message', { signal: deadline })) as [Buffer];
      if (isNtpAnswer(packet, cookie)) return decodeNtpAnswer(packet, { sent, received: now() });
    }
  } catch (error) {
    const why = error instanceof Error && error.name === 'AbortError' ? 'there was no answer in time' : String(error);
    throw new Error(`couldn't get SNTP reply from ${server}:${port}: ${why}`, { cause: error });
  } finally {
    socket.close();
  }
}

function report(metrics: MetricSink, answer: NtpAnswer): void {
  metrics.set(stratum, answer.stratum);
  metrics.set(leap, answer.leap);
  metrics.set(roundTrip, answer.roundTrip);
  metrics.set(offset, answer.offset);
  // A clock that was never set shows as 0, not as a time before 1970.
  metrics.set(referenceTime, Math.max(0, answer.referenceTime ?? 0));
  metrics.set(rootDelay, answer.rootDelay);
  metrics.set(rootDispersion, answer.rootDispersion);
}

function isSane(answer: NtpAnswer, { longestDistance, offsetTolerance }: NtpOptions, leapMidnight: number): boolean {
  const isLeaping = Math.abs(answer.serverTime - leapMidnight) < DAY_SECONDS;
  const tolerance = offsetTolerance + (isLeaping ? LEAP_SMEAR_SECONDS : 0);
  return answer.invalid === undefined && answer.rootDistance <= longestDistance && answer.minimumError <= tolerance;
}
