import { counter, gauge } from '../../metrics/metric-definition.js';
import type { BusSocket } from '../bus/bus-address.js';
import { type BusConnection, BusError } from '../bus/bus-connection.js';
import type { BusValue } from '../bus/bus-values.js';
import { openSystemd, SYSTEMD_SOCKET } from '../bus/open-systemd.js';
import { listUnits, SYSTEMD, type SystemdUnit } from '../bus/systemd-units.js';
import type { CollectorLog, CollectorSpec, Scrape } from '../collector.js';
import type { CollectorFlag } from '../collector-options.js';
import { compileFilter } from '../name-filter.js';

const NAME = ['name'] as const;
const unitState = gauge('node_systemd_unit_state', 'Systemd unit', ['name', 'state', 'type']);
const units = gauge('node_systemd_units', 'Summary of systemd unit states', ['state']);
const versionInfo = gauge('node_systemd_version', 'Detected systemd version', ['version']);
const virtualization = gauge('node_systemd_virtualization_info', 'Detected virtualization technology', [
  'virtualization_type',
]);
const running = gauge(
  'node_systemd_system_running',
  "Whether the system is operational (see 'systemctl is-system-running')",
);
const restarts = counter('node_systemd_service_restart_total', 'Service unit count of Restart triggers', NAME);
const startTime = gauge(
  'node_systemd_unit_start_time_seconds',
  'Start time of the unit since unix epoch in seconds.',
  NAME,
);
const tasksCurrent = gauge('node_systemd_unit_tasks_current', 'Current number of tasks per Systemd unit', NAME);
const tasksMax = gauge('node_systemd_unit_tasks_max', 'Maximum number of tasks per Systemd unit', NAME);
const lastTrigger = gauge('node_systemd_timer_last_trigger_seconds', 'Seconds since epoch of last trigger.', NAME);
const accepted = counter(
  'node_systemd_socket_accepted_connections_total',
  'Total number of accepted socket connections',
  NAME,
);
const connections = gauge('node_systemd_socket_current_connections', 'Current number of socket connections', NAME);
// A gauge, as upstream has it.
const refused = gauge(
  'node_systemd_socket_refused_connections_total',
  'Total number of refused socket connections',
  NAME,
);

const STATES = ['active', 'activating', 'deactivating', 'inactive', 'failed'] as const;

/** The value by which systemd says that it does not know a number of tasks. */
const UNKNOWN_TASKS = 2n ** 64n - 1n;
const MICROSECONDS_PER_SECOND = 1e6;

interface SystemdOptions {
  readonly isWanted: (name: string) => boolean;
  readonly withTasks: boolean;
  readonly withRestarts: boolean;
  readonly withStartTimes: boolean;
}

/** Arguments that the functions below share. */
interface Asking extends SystemdOptions {
  readonly bus: BusConnection;
  readonly metrics: Scrape['metrics'];
  readonly log: CollectorLog;
}

const FLAGS: readonly CollectorFlag[] = [
  {
    kind: 'value',
    name: 'systemd.unit-include',
    default: '.+',
    help: 'Regexp of systemd units to include. Units must both match include and not match exclude to be included.',
  },
  {
    kind: 'value',
    name: 'systemd.unit-exclude',
    default: '.+\\.(automount|device|mount|scope|slice)',
    help: 'Regexp of systemd units to exclude. Units must both match include and not match exclude to be included.',
  },
  { kind: 'value', name: 'systemd.unit-whitelist', default: '', isHidden: true, help: 'Old name of unit-include.' },
  { kind: 'value', name: 'systemd.unit-blacklist', default: '', isHidden: true, help: 'Old name of unit-exclude.' },
  {
    kind: 'switch',
    name: 'systemd.enable-task-metrics',
    default: false,
    help: 'Enables service unit tasks metrics unit_tasks_current and unit_tasks_max.',
  },
  {
    kind: 'switch',
    name: 'systemd.enable-restarts-metrics',
    default: false,
    help: 'Enables service unit metric service_restart_total.',
  },
  {
    kind: 'switch',
    name: 'systemd.enable-start-time-metrics',
    default: false,
    help: 'Enables service unit metric unit_start_time_seconds.',
  },
  {
    kind: 'switch',
    name: 'systemd.private',
    default: false,
    isHidden: true,
    help: 'Ask systemd past the message bus, at /run/systemd/private.',
  },
];

/** systemd's units, over the system bus. */
export const systemd: CollectorSpec = systemdOver(SYSTEMD_SOCKET);

/** The collector, with the place where systemd listens past the bus. */
export function systemdOver(direct: BusSocket): CollectorSpec {
  return {
    name: 'systemd',
    isDefault: false,
    flags: FLAGS,
    create: (options, { log, env }) => {
      const asked = readOptions(options);
      const isPrivate = options.isOn('systemd.private');
      return {
        collect: async ({ metrics, signal }) => {
          const bus = await openSystemd({ env, direct, isPrivate }, signal);
          try {
            await collectAll({ ...asked, bus, metrics, log });
          } finally {
            bus.close();
          }
        },
      };
    },
  };
}

function readOptions(options: Parameters<CollectorSpec['create']>[0]): SystemdOptions {
  const pattern = (name: string, oldName: string): string => {
    const old = options.text(oldName);
    if (old === '') return options.text(name);
    if (options.isGiven(name)) throw new Error(`--collector.${oldName} and --collector.${name} are mutually exclusive`);
    return old;
  };
  const compile = (name: string, oldName: string) => compileFilter(name, `^(?:${pattern(name, oldName)})$`);
  const isIncluded = compile('systemd.unit-include', 'systemd.unit-whitelist');
  const isExcluded = compile('systemd.unit-exclude', 'systemd.unit-blacklist');
  return {
    isWanted: (name) => isIncluded?.(name) !== false && isExcluded?.(name) !== true,
    withTasks: options.isOn('systemd.enable-task-metrics'),
    withRestarts: options.isOn('systemd.enable-restarts-metrics'),
    withStartTimes: options.isOn('systemd.enable-start-time-metrics'),
  };
}

async function collectAll(asking: Asking): Promise<void> {
  const all = await listUnits(asking.bus, asking.metrics.passOver);
  summarize(asking, all);
  const wanted = all.filter(({ name, loadState }) => loadState === 'loaded' && asking.isWanted(name));
  await Promise.all([collectManager(asking), ...wanted.map((unit) => collectUnit(asking, unit))]);
}

/** All units count, whether they are reported one by one or not. */
function summarize({ metrics }: Asking, all: readonly SystemdUnit[]): void {
  const counts = new Map<string, number>(STATES.map((state) => [state, 0]));
  for (const { activeState } of all) counts.set(activeState, (counts.get(activeState) ?? 0) + 1);
  for (const [state, count] of counts) metrics.setWith(units, { state }, count);
}

async function collectManager(asking: Asking): Promise<void> {
  const { bus, metrics } = asking;
  const ask = (name: string): Promise<BusValue | undefined> =>
    unlessRefused(asking, `the manager's ${name}`, bus.property(SYSTEMD, 'org.freedesktop.systemd1.Manager', name));
  const [version, technology, state] = await Promise.all([ask('Version'), ask('Virtualization'), ask('SystemState')]);
  const text = typeof version === 'string' ? version : '';
  const number = /\d{3,}(?:\.\d+)?/.exec(text)?.[0];
  metrics.setWith(versionInfo, { version: number === undefined ? '' : text }, Number(number ?? 0));
  // The empty value means that the machine is a real one.
  const virtualization_type = technology === '' ? 'none' : typeof technology === 'string' ? technology : 'unknown';
  metrics.setWith(virtualization, { virtualization_type }, 1);
  if (state !== undefined) metrics.set(running, state === 'running' ? 1 : 0);
}

async function collectUnit(asking: Asking, unit: SystemdUnit): Promise<void> {
  const kind = unit.name.slice(unit.name.lastIndexOf('.') + 1);
  const ask = askerFor(asking, unit);
  await Promise.all([
    collectState(
      asking,
      unit,
      kind === 'service' ? ask('Service', 'Type') : kind === 'mount' ? ask('Mount', 'Type') : undefined,
    ),
    kind === 'service' && collectService(asking, unit.name, ask),
    kind === 'timer' && collectTimer(asking, unit.name, ask),
    kind === 'socket' && collectSocket(asking, unit.name, ask),
    asking.withStartTimes && collectStartTime(asking, unit, ask),
  ]);
}

/** Asks for a property of the unit; undefined where this systemd or this unit has none. */
type Ask = (kind: 'Unit' | 'Service' | 'Mount' | 'Timer' | 'Socket', property: string) => Promise<BusValue | undefined>;

function askerFor(asking: Asking, { name, path }: SystemdUnit): Ask {
  const object = { destination: SYSTEMD.destination, path };
  return (kind, property) =>
    unlessRefused(
      asking,
      `${property} of ${name}`,
      asking.bus.property(object, `org.freedesktop.systemd1.${kind}`, property),
    );
}

/** An answer; undefined for an error of the service, such as a unit that is gone or a property of a later version. */
async function unlessRefused(
  { log }: Asking,
  what: string,
  answer: Promise<BusValue | undefined>,
): Promise<BusValue | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    log.debug(`couldn't get ${what}`, { err: error.message });
    return undefined;
  }
}

async function collectState(
  { metrics }: Asking,
  { name, activeState }: SystemdUnit,
  asked: Promise<BusValue | undefined> | undefined,
): Promise<void> {
  const answer = await asked;
  const type = typeof answer === 'string' ? answer : '';
  for (const state of STATES) metrics.setWith(unitState, { name, state, type }, state === activeState ? 1 : 0);
}

async function collectService({ metrics, withRestarts, withTasks }: Asking, name: string, ask: Ask): Promise<void> {
  const count = withRestarts ? numberOf(await ask('Service', 'NRestarts')) : undefined;
  if (count !== undefined) metrics.setWith(restarts, { name }, count);
  if (!withTasks) return;
  const [current, max] = await Promise.all([ask('Service', 'TasksCurrent'), ask('Service', 'TasksMax')]);
  for (const [metric, tasks] of [
    [tasksCurrent, current],
    [tasksMax, max],
  ] as const) {
    const value = numberOf(tasks);
    if (value !== undefined && tasks !== UNKNOWN_TASKS) metrics.setWith(metric, { name }, value);
  }
}

async function collectTimer({ metrics }: Asking, name: string, ask: Ask): Promise<void> {
  const microseconds = numberOf(await ask('Timer', 'LastTriggerUSec'));
  if (microseconds !== undefined) metrics.setWith(lastTrigger, { name }, microseconds / MICROSECONDS_PER_SECOND);
}

async function collectSocket({ metrics }: Asking, name: string, ask: Ask): Promise<void> {
  const properties = [
    [accepted, 'NAccepted'],
    [connections, 'NConnections'],
    [refused, 'NRefused'],
  ] as const;
  await Promise.all(
    properties.map(async ([metric, property]) => {
      const value = numberOf(await ask('Socket', property));
      if (value !== undefined) metrics.setWith(metric, { name }, value);
    }),
  );
}

/** A unit that is not active has no start, which is 0. */
async function collectStartTime({ metrics }: Asking, { name, activeState }: SystemdUnit, ask: Ask): Promise<void> {
  const microseconds = activeState === 'active' ? numberOf(await ask('Unit', 'ActiveEnterTimestamp')) : 0;
  if (microseconds !== undefined) metrics.setWith(startTime, { name }, microseconds / MICROSECONDS_PER_SECOND);
}

/** A count or a time, which are whole and never negative; undefined for anything else. */
function numberOf(value: BusValue | undefined): number | undefined {
  if (typeof value === 'bigint') return value >= 0n ? Number(value) : undefined;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}
