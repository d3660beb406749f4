import { gauge } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import { systemBusSocket } from '../bus/bus-address.js';
import { BusConnection, BusError } from '../bus/bus-connection.js';
import type { BusValue } from '../bus/bus-values.js';
import type { CollectorSpec } from '../collector.js';
import type { MetricSink } from '../metric-sink.js';

const sessions = gauge('node_logind_sessions', 'Number of sessions registered in logind.', [
  'seat',
  'remote',
  'type',
  'class',
]);

const LOGIND = { destination: 'org.freedesktop.login1', path: '/org/freedesktop/login1' } as const;
const MANAGER = 'org.freedesktop.login1.Manager';
const SESSION = 'org.freedesktop.login1.Session';

/** The types of sessions that logind has. Types of later versions count as `other`. */
const TYPES = ['other', 'unspecified', 'tty', 'x11', 'wayland', 'mir', 'web'] as const;
const CLASSES = ['other', 'user', 'greeter', 'lock-screen', 'background'] as const;

interface Session {
  readonly seat: string;
  readonly remote: string;
  readonly type: string;
  readonly class: string;
}

/** Sessions of logind, over the system bus: the number of each kind, zeros included. */
export const logind: CollectorSpec = {
  name: 'logind',
  isDefault: false,
  flags: [],
  create: (_options, { env }) => ({
    collect: async ({ metrics, signal }) => {
      const bus = await BusConnection.open(systemBusSocket(env), signal);
      try {
        const seats = await listSeats(bus, metrics);
        const counts = countAlike(await listSessions(bus, metrics));
        for (const remote of ['true', 'false']) {
          for (const type of TYPES) {
            for (const className of CLASSES) {
              for (const seat of seats) {
                const session = { seat, remote, type, class: className };
                metrics.setWith(sessions, session, counts.get(keyOf(session)) ?? 0);
              }
            }
          }
        }
      } finally {
        bus.close();
      }
    },
  }),
};

/** The seats, and "" for sessions without one, such as those over SSH. */
async function listSeats(bus: BusConnection, metrics: MetricSink): Promise<readonly string[]> {
  const [list] = await bus.call({ ...LOGIND, interface: MANAGER, member: 'ListSeats' });
  const seats: string[] = [];
  for (const seat of listOf(list)) {
    apart(metrics, () => {
      seats.push(textOf(listOf(seat)[0]));
    });
  }
  return [...seats, ''];
}

async function listSessions(bus: BusConnection, metrics: MetricSink): Promise<readonly Session[]> {
  const [list] = await bus.call({ ...LOGIND, interface: MANAGER, member: 'ListSessions' });
  const asked: Promise<Session | undefined>[] = [];
  for (const entry of listOf(list)) {
    apart(metrics, () => {
      // Session id, user id, user name, seat, object.
      const [, , , seat, path] = listOf(entry);
      asked.push(describe(bus, textOf(seat), textOf(path)));
    });
  }
  const found = await Promise.all(asked);
  return found.filter((session) => session !== undefined);
}

/** A session may end while its properties are read. Then it is skipped, like one with a property of another type. */
async function describe(bus: BusConnection, seat: string, path: string): Promise<Session | undefined> {
  const object = { destination: LOGIND.destination, path };
  try {
    const [remote, type, className] = await Promise.all([
      bus.property(object, SESSION, 'Remote'),
      bus.property(object, SESSION, 'Type'),
      bus.property(object, SESSION, 'Class'),
    ]);
    if (typeof remote !== 'boolean' || typeof type !== 'string' || typeof className !== 'string') return undefined;
    return { seat, remote: String(remote), type: oneOf(TYPES, type), class: oneOf(CLASSES, className) };
  } catch (error) {
    if (error instanceof BusError) return undefined;
    throw error;
  }
}

function countAlike(found: readonly Session[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const session of found) counts.set(keyOf(session), (counts.get(keyOf(session)) ?? 0) + 1);
  return counts;
}

function keyOf({ seat, remote, type, class: className }: Session): string {
  return [seat, remote, type, className].join('\n');
}

function oneOf(known: readonly string[], value: string): string {
  return known.includes(value) ? value : 'other';
}

function listOf(value: BusValue | undefined): readonly BusValue[] {
  if (Array.isArray(value)) return value as readonly BusValue[];
  throw new Error('cannot read what logind returned: it is no list');
}

function textOf(value: BusValue | undefined): string {
  if (typeof value === 'string') return value;
  throw new Error('cannot read what logind returned: it is no text');
}
