import { gauge } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import { namesOrNoData } from '../sysfs-values.js';

const SUBSYSTEM = ['subsystem'] as const;

const info = gauge('node_nvmesubsystem_info', 'Non-numeric information about an NVMe subsystem.', [
  'subsystem',
  'nqn',
  'model',
  'serial',
  'iopolicy',
]);
const namespaceInfo = gauge(
  'node_nvmesubsystem_namespace_info',
  'Maps an NVMe namespace block device to its subsystem.',
  ['subsystem', 'device'],
);
const paths = gauge('node_nvmesubsystem_paths', 'Number of controller paths for an NVMe subsystem.', SUBSYSTEM);
const pathsLive = gauge(
  'node_nvmesubsystem_paths_live',
  'Number of controller paths in live state for an NVMe subsystem.',
  SUBSYSTEM,
);
const pathState = gauge(
  'node_nvmesubsystem_path_state',
  'Current NVMe controller path state (1 for the current state, 0 for all others).',
  ['subsystem', 'controller', 'transport', 'state'],
);

/** The states that a path has a series for. */
const STATES: readonly string[] = ['live', 'connecting', 'resetting', 'dead', 'unknown'];
/** States that are known and have none: every series of such a path is 0. */
const STATES_WITHOUT_SERIES: ReadonlySet<string> = new Set(['deleting', 'deleting (no IO)', 'new']);

const FOLDER = 'class/nvme-subsystem';
const SUBSYSTEM_NAME = /^nvme-subsys/;
const CONTROLLER_NAME = /^nvme\d+$/;
const NAMESPACE_NAME = /^nvme\d+n\d+$/;

/** /sys/class/nvme-subsystem: which paths lead to NVMe storage, over a network for example, and how they are. */
export const nvmesubsystem: CollectorSpec = {
  name: 'nvmesubsystem',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: (scrape) => {
      for (const subsystem of namesOrNoData(scrape.files.sys, FOLDER)) {
        if (!SUBSYSTEM_NAME.test(subsystem)) continue;
        apart(scrape.metrics, () => {
          collectSubsystem(scrape, subsystem);
        });
      }
    },
  }),
};

function collectSubsystem({ metrics, files: { sys } }: Scrape, subsystem: string): void {
  const about = (file: string): string => sys.value(`${FOLDER}/${subsystem}/${file}`) ?? '';
  metrics.setWith(
    info,
    {
      subsystem,
      nqn: about('subsysnqn'),
      model: about('model'),
      serial: about('serial'),
      iopolicy: about('iopolicy'),
    },
    1,
  );
  const names = sys.namesIfAny(`${FOLDER}/${subsystem}`);
  for (const device of names.filter((name) => NAMESPACE_NAME.test(name))) {
    metrics.setWith(namespaceInfo, { subsystem, device }, 1);
  }
  const controllers = names.filter((name) => CONTROLLER_NAME.test(name));
  let live = 0;
  for (const controller of controllers) {
    const state = stateOf(about(`${controller}/state`));
    if (state === 'live') live += 1;
    const transport = about(`${controller}/transport`);
    for (const each of STATES) {
      metrics.setWith(pathState, { subsystem, controller, transport, state: each }, each === state ? 1 : 0);
    }
  }
  metrics.setWith(paths, { subsystem }, controllers.length);
  metrics.setWith(pathsLive, { subsystem }, live);
}

function stateOf(text: string): string {
  return STATES.includes(text) || STATES_WITHOUT_SERIES.has(text) ? text : 'unknown';
}
