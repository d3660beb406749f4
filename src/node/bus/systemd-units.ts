import type { BusConnection } from './bus-connection.js';
import type { BusValue } from './bus-values.js';

/** A unit as systemd lists it. */
export interface SystemdUnit {
  /** The name, such as `ssh.service`. */
  readonly name: string;
  /** One of `loaded`, `not-found`, `masked` … */
  readonly loadState: string;
  /** One of `active`, `inactive`, `failed` … */
  readonly activeState: string;
  /** The path of its object on the bus. */
  readonly path: string;
}

/** The manager object on the bus. */
export const SYSTEMD = { destination: 'org.freedesktop.systemd1', path: '/org/freedesktop/systemd1' } as const;

/**
 * Lists all units that systemd has loaded. `passOver` receives the reason for each unit that is skipped because it is
 * incomplete. Throws BusError if there is no systemd on the bus, and another Error for a malformed answer.
 */
export async function listUnits(bus: BusConnection, passOver: (why: string) => void): Promise<readonly SystemdUnit[]> {
  const [list] = await bus.call({ ...SYSTEMD, interface: 'org.freedesktop.systemd1.Manager', member: 'ListUnits' });
  if (!Array.isArray(list)) throw new Error('cannot read the units: ListUnits returned no list');
  return (list as readonly BusValue[]).flatMap((fields) => {
    const unit = toUnit(fields);
    if (unit === undefined) passOver('ListUnits returned a unit without a name, state or object');
    return unit ?? [];
  });
}

/**
 * The fields are: name, description, load state, active state, sub state, followed unit, object, job id, job type, job
 * object. Returns undefined for a malformed unit.
 */
function toUnit(fields: BusValue): SystemdUnit | undefined {
  const [name, , loadState, activeState, , , path] = Array.isArray(fields) ? (fields as readonly BusValue[]) : [];
  if (
    typeof name !== 'string' ||
    typeof loadState !== 'string' ||
    typeof activeState !== 'string' ||
    typeof path !== 'string'
  ) {
    return undefined;
  }
  return { name, loadState, activeState, path };
}
