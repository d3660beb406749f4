import t from 'tap';
import { bonding } from '../../src/node/collectors/bonding.js';
import { dmi } from '../../src/node/collectors/dmi.js';
import { edac } from '../../src/node/collectors/edac.js';
import { hwmon } from '../../src/node/collectors/hwmon.js';
import { interrupts } from '../../src/node/collectors/interrupts.js';
import { mdadm } from '../../src/node/collectors/mdadm.js';
import { nvme } from '../../src/node/collectors/nvme.js';
import { powersupplyclass } from '../../src/node/collectors/powersupplyclass.js';
import { qdisc } from '../../src/node/collectors/qdisc.js';
import { rapl } from '../../src/node/collectors/rapl.js';
import { softirqs } from '../../src/node/collectors/softirqs.js';
import { thermalZone } from '../../src/node/collectors/thermal-zone.js';
import { watchdog } from '../../src/node/collectors/watchdog.js';
import { wifi } from '../../src/node/collectors/wifi.js';
import { type E2eRow, testE2eRows } from '../helpers/node/e2e-rows.js';

const ROWS: readonly E2eRow[] = [
  { collector: bonding, names: /^node_bonding_/, samples: 6 },
  { collector: dmi, names: /^node_dmi_/, samples: 1 },
  { collector: edac, names: /^node_edac_/, samples: 20 },
  {
    collector: hwmon,
    names: /^node_hwmon_/,
    samples: 137,
    flags: { 'hwmon.chip-include': '(applesmc|asus_nb_wmi|coretemp|hwmon4|ieee80211|nct6779)' },
  },
  { collector: interrupts, names: /^node_interrupts_/, samples: 112 },
  { collector: mdadm, names: /^node_md_/, samples: 199 },
  { collector: nvme, names: /^node_nvme_/, samples: 6 },
  { collector: powersupplyclass, names: /^node_power_supply_/, samples: 12 },
  { collector: rapl, names: /^node_rapl_/, samples: 2 },
  { collector: softirqs, names: /^node_softirqs_functions_/, samples: 20 },
  { collector: thermalZone, names: /^node_(?:thermal_zone|cooling_device)_/, samples: 3 },
  { collector: watchdog, names: /^node_watchdog_/, samples: 9 },
  {
    collector: qdisc,
    names: /^node_qdisc_/,
    samples: 14,
    flags: { 'qdisc.device-include': '(wlan0|eth0)', 'qdisc.fixtures': '$FIXTURES/qdisc/' },
  },
  { collector: wifi, names: /^node_wifi_/, samples: 27, flags: { 'wifi.fixtures': '$FIXTURES/wifi' } },
];

t.test('upstream’s end-to-end test, byte for byte', async (t) => {
  testE2eRows(t, ROWS);
});
