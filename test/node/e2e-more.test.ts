import t from 'tap';
import { buddyinfo } from '../../src/node/collectors/buddyinfo.js';
import { cgroups } from '../../src/node/collectors/cgroups.js';
import { cpuVulnerabilities } from '../../src/node/collectors/cpu-vulnerabilities.js';
import { ksmd } from '../../src/node/collectors/ksmd.js';
import { lnstat } from '../../src/node/collectors/lnstat.js';
import { meminfoNuma } from '../../src/node/collectors/meminfo-numa.js';
import { nfs } from '../../src/node/collectors/nfs.js';
import { nfsd } from '../../src/node/collectors/nfsd.js';
import { slabinfo } from '../../src/node/collectors/slabinfo.js';
import { sysctl } from '../../src/node/collectors/sysctl.js';
import { xfrm } from '../../src/node/collectors/xfrm.js';
import { zfs } from '../../src/node/collectors/zfs.js';
import { zoneinfo } from '../../src/node/collectors/zoneinfo.js';
import { type E2eRow, testE2eRows } from '../helpers/node/e2e-rows.js';

const ROWS: readonly E2eRow[] = [
  { collector: buddyinfo, names: /^node_buddyinfo_/, samples: 33 },
  { collector: cgroups, names: /^node_cgroups_/, samples: 24 },
  { collector: cpuVulnerabilities, names: /^node_cpu_vulnerabilities_/, samples: 5 },
  { collector: ksmd, names: /^node_ksmd_/, samples: 10 },
  { collector: lnstat, names: /^node_lnstat_/, samples: 120 },
  { collector: meminfoNuma, names: /^node_memory_numa_/, samples: 105 },
  { collector: nfs, names: /^node_nfs_/, samples: 105 },
  { collector: nfsd, names: /^node_nfsd_/, samples: 90 },
  { collector: slabinfo, names: /^node_slabinfo_/, samples: 20 },
  {
    collector: sysctl,
    names: /^node_sysctl_/,
    samples: 15,
    flags: {
      'sysctl.include-info': ['kernel.seccomp.actions_avail'],
      'sysctl.include': ['fs.file-nr', 'fs.file-nr:total,current,max', 'kernel.threads-max'],
    },
  },
  { collector: xfrm, names: /^node_xfrm_/, samples: 28 },
  { collector: zfs, names: /^node_zfs_/, samples: 359 },
  { collector: zoneinfo, names: /^node_zoneinfo_/, samples: 97 },
];

t.test('upstream’s end-to-end test, byte for byte', async (t) => {
  testE2eRows(t, ROWS);
});
