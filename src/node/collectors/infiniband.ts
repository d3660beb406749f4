import { gauge } from '../../metrics/metric-definition.js';
import { type CollectorSpec, type Scrape } from '../collector.js';
import { nameFilter } from '../name-filter.js';
import { parseDecimal, parseWhole } from '../numbers.js';
import { namesOrNoData } from '../sysfs-values.js';
import { takeTurns } from '../take-turns.js';
import { COUNTERS } from './infiniband-counters.js';

const PORT = ['device', 'port'] as const;

const info = gauge('node_infiniband_info', 'Non-numeric data from /sys/class/infiniband/<device>, value is always 1.', [
  'board_id',
  'device',
  'firmware_version',
  'hca_type',
]);
const stateId = gauge(
  'node_infiniband_state_id',
  'State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act defer)',
  PORT,
);
const physicalStateId = gauge(
  'node_infiniband_physical_state_id',
  'Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: shift, 5: link up, 6: link error recover, 7: phytest)',
  PORT,
);
const rate = gauge('node_infiniband_rate_bytes_per_second', 'Maximum signal transfer rate', PORT);

const BYTES_PER_GIGABIT = 125_000_000;
const FOLDER = 'class/infiniband';

/** /sys/class/infiniband: InfiniBand and OmniPath ports. The files of a device that is not wanted are not read. */
export const infiniband: CollectorSpec = {
  name: 'infiniband',
  isDefault: true,
  flags: [
    {
      kind: 'value',
      name: 'infiniband.device-include',
      default: '',
      help: 'Regexp of infiniband devices to include (mutually exclusive to device-exclude).',
    },
    {
      kind: 'value',
      name: 'infiniband.device-exclude',
      default: '',
      help: 'Regexp of infiniband devices to exclude (mutually exclusive to device-include).',
    },
  ],
  create: (options, { clock }) => {
    const isWanted = nameFilter(options, {
      include: 'infiniband.device-include',
      exclude: 'infiniband.device-exclude',
    });
    return {
      collect: async (scrape) => {
        const devices = namesOrNoData(scrape.files.sys, FOLDER).filter(isWanted);
        for (const device of devices) setInfo(scrape, device);
        const ports = devices.flatMap((device) =>
          scrape.files.sys.namesIfAny(`${FOLDER}/${device}/ports`).map((port) => ({ device, port })),
        );
        // A driver may ask its hardware for each of some thirty files.
        await takeTurns(ports, clock, (port) => {
          collectPort(scrape, port);
        });
      },
    };
  },
};

function setInfo({ metrics, files: { sys } }: Scrape, device: string): void {
  const about = (file: string): string => sys.value(`${FOLDER}/${device}/${file}`) ?? '';
  const labels = {
    device,
    board_id: about('board_id'),
    firmware_version: about('fw_ver'),
    hca_type: about('hca_type'),
  };
  metrics.setWith(info, labels, 1);
}

interface Port {
  readonly device: string;
  /** The number of the port, from 1 up. */
  readonly port: string;
}

function collectPort({ metrics, files: { sys } }: Scrape, labels: Port): void {
  const folder = `${FOLDER}/${labels.device}/ports/${labels.port}`;
  // `4: ACTIVE`
  const [state, physical] = ['state', 'phys_state'].map((file) => sys.value(`${folder}/${file}`)?.split(':')[0]);
  if (state !== undefined) metrics.setWith(stateId, labels, parseWhole(state));
  if (physical !== undefined) metrics.setWith(physicalStateId, labels, parseWhole(physical));
  // `100 Gb/sec (4X EDR)`; upstream reads the number with 32 bits.
  const gigabits = sys.value(`${folder}/rate`)?.split(' ')[0];
  if (gigabits !== undefined) {
    metrics.setWith(rate, labels, Math.trunc(Math.fround(parseDecimal(gigabits)) * BYTES_PER_GIGABIT));
  }
  for (const [file, metric, factor] of COUNTERS) {
    const text = sys.value(`${folder}/${file}`);
    // `N/A (no PMA)`: the hardware does not count it.
    if (text === undefined || text === '' || text.startsWith('N/A')) continue;
    metrics.setWith(metric, labels, parseWhole(text) * factor);
  }
}
