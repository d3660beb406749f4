import t from 'tap';
import { arp } from '../../src/node/collectors/arp.js';
import { conntrack } from '../../src/node/collectors/conntrack.js';
import { cpu } from '../../src/node/collectors/cpu.js';
import { cpufreq } from '../../src/node/collectors/cpufreq.js';
import { diskstats } from '../../src/node/collectors/diskstats.js';
import { entropy } from '../../src/node/collectors/entropy.js';
import { filefd } from '../../src/node/collectors/filefd.js';
import { kernelHung } from '../../src/node/collectors/kernel-hung.js';
import { loadavg } from '../../src/node/collectors/loadavg.js';
import { meminfo } from '../../src/node/collectors/meminfo.js';
import { netclass } from '../../src/node/collectors/netclass.js';
import { netstat } from '../../src/node/collectors/netstat.js';
import { os } from '../../src/node/collectors/os.js';
import { pressure } from '../../src/node/collectors/pressure.js';
import { processes } from '../../src/node/collectors/processes.js';
import { schedstat } from '../../src/node/collectors/schedstat.js';
import { sockstat } from '../../src/node/collectors/sockstat.js';
import { softnet } from '../../src/node/collectors/softnet.js';
import { stat } from '../../src/node/collectors/stat.js';
import { udpQueues } from '../../src/node/collectors/udp-queues.js';
import { vmstat } from '../../src/node/collectors/vmstat.js';
import { type E2eRow, testE2eRows } from '../helpers/node/e2e-rows.js';

const ROWS: readonly E2eRow[] = [
  { collector: arp, names: /^node_arp_/, samples: 2, flags: { 'arp.device-exclude': 'nope' } },
  { collector: conntrack, names: /^node_nf_conntrack_/, samples: 10 },
  {
    collector: cpu,
    names: /^node_cpu_(?!scaling_|vulnerabilities_)/,
    samples: 115,
    flags: {
      'cpu.info': 'true',
      'cpu.info.bugs-include': '^(cpu_meltdown|spectre_.*|mds)$',
      'cpu.info.flags-include': '^(aes|avx.?|constant_tsc)$',
    },
  },
  { collector: cpufreq, names: /^node_cpu_scaling_/, samples: 20 },
  { collector: diskstats, names: /^node_disk_/, samples: 215 },
  { collector: entropy, names: /^node_entropy_/, samples: 2 },
  { collector: filefd, names: /^node_filefd_/, samples: 2 },
  { collector: kernelHung, names: /^node_kernel_hung_/, samples: 1 },
  { collector: loadavg, names: /^node_load\d/, samples: 3 },
  { collector: meminfo, names: /^node_memory_(?!numa_)/, samples: 42 },
  {
    collector: netclass,
    names: /^node_network_(?!(?:receive|transmit)_\w+_total)/,
    samples: 37,
    flags: { 'netclass.ignore-invalid-speed': 'true', 'netclass.ignored-devices': '(dmz|int)' },
  },
  { collector: netstat, names: /^node_netstat_/, samples: 41 },
  { collector: os, names: /^node_os_/, samples: 2 },
  { collector: pressure, names: /^node_pressure_/, samples: 6 },
  { collector: processes, names: /^node_processes_/, samples: 6 },
  { collector: schedstat, names: /^node_schedstat_/, samples: 6 },
  { collector: sockstat, names: /^node_sockstat_/, samples: 20 },
  { collector: softnet, names: /^node_softnet_/, samples: 28 },
  {
    collector: stat,
    names: /^node_(?:boot_time_seconds|context_switches_total|forks_total|intr_total|procs_\w+|softirqs_total)$/,
    samples: 16,
    flags: { 'stat.softirq': 'true' },
  },
  { collector: udpQueues, names: /^node_udp_queues/, samples: 2 },
  { collector: vmstat, names: /^node_vmstat_/, samples: 7 },
];

t.test('upstream’s end-to-end test, byte for byte', async (t) => {
  testE2eRows(t, ROWS);
});
