import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { integerIfAny, namesOrNoData } from '../sysfs-values.js';

const NAME = ['name'] as const;

/** Files that hold a number, and their metrics. */
const NUMBERS = [
  ['bootstatus', gauge('node_watchdog_bootstatus', 'Value of /sys/class/watchdog/<watchdog>/bootstatus', NAME)],
  ['fw_version', gauge('node_watchdog_fw_version', 'Value of /sys/class/watchdog/<watchdog>/fw_version', NAME)],
  ['nowayout', gauge('node_watchdog_nowayout', 'Value of /sys/class/watchdog/<watchdog>/nowayout', NAME)],
  ['timeleft', gauge('node_watchdog_timeleft_seconds', 'Value of /sys/class/watchdog/<watchdog>/timeleft', NAME)],
  ['timeout', gauge('node_watchdog_timeout_seconds', 'Value of /sys/class/watchdog/<watchdog>/timeout', NAME)],
  ['pretimeout', gauge('node_watchdog_pretimeout_seconds', 'Value of /sys/class/watchdog/<watchdog>/pretimeout', NAME)],
  ['access_cs0', gauge('node_watchdog_access_cs0', 'Value of /sys/class/watchdog/<watchdog>/access_cs0', NAME)],
] as const;

const info = gauge('node_watchdog_info', 'Info of /sys/class/watchdog/<watchdog>', [
  'name',
  'options',
  'identity',
  'state',
  'status',
  'pretimeout_governor',
]);

const FOLDER = 'class/watchdog';

/** /sys/class/watchdog. */
export const watchdog: CollectorSpec = {
  name: 'watchdog',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files: { sys } }) => {
      for (const name of namesOrNoData(sys, FOLDER)) {
        for (const [file, metric] of NUMBERS) {
          const value = integerIfAny(sys, `${FOLDER}/${name}/${file}`);
          if (value !== undefined) metrics.setWith(metric, { name }, value);
        }
        const about = (file: string): string => sys.value(`${FOLDER}/${name}/${file}`) ?? '';
        const labels = {
          name,
          options: about('options'),
          identity: about('identity'),
          state: about('state'),
          status: about('status'),
          pretimeout_governor: about('pretimeout_governor'),
        };
        metrics.setWith(info, labels, 1);
      }
    },
  }),
};
