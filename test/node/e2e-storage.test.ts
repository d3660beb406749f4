import t from 'tap';
import { bcache } from '../../src/node/collectors/bcache.js';
import { bcachefs } from '../../src/node/collectors/bcachefs.js';
import { btrfs } from '../../src/node/collectors/btrfs.js';
import { dmmultipath } from '../../src/node/collectors/dmmultipath.js';
import { drbd } from '../../src/node/collectors/drbd.js';
import { fibrechannel } from '../../src/node/collectors/fibrechannel.js';
import { infiniband } from '../../src/node/collectors/infiniband.js';
import { ipvs } from '../../src/node/collectors/ipvs.js';
import { mountstats } from '../../src/node/collectors/mountstats.js';
import { pcidevice } from '../../src/node/collectors/pcidevice.js';
import { tapestats } from '../../src/node/collectors/tapestats.js';
import { xfs } from '../../src/node/collectors/xfs.js';
import { type E2eRow, testE2eRows } from '../helpers/node/e2e-rows.js';

const ROWS: readonly E2eRow[] = [
  { collector: bcache, names: /^node_bcache_/, samples: 28, flags: { 'bcache.priorityStats': 'true' } },
  { collector: bcachefs, names: /^node_bcachefs_/, samples: 305 },
  { collector: btrfs, names: /^node_btrfs_/, samples: 42 },
  { collector: dmmultipath, names: /^node_dmmultipath_/, samples: 18 },
  { collector: drbd, names: /^node_drbd_/, samples: 17 },
  { collector: fibrechannel, names: /^node_fibrechannel_/, samples: 28 },
  { collector: infiniband, names: /^node_infiniband_/, samples: 51 },
  { collector: ipvs, names: /^node_ipvs_/, samples: 35 },
  { collector: mountstats, names: /^node_mountstats_/, samples: 149 },
  { collector: pcidevice, names: /^node_pcidevice_/, samples: 52 },
  { collector: tapestats, names: /^node_tape_/, samples: 10 },
  { collector: xfs, names: /^node_xfs_/, samples: 39 },
];

t.test('upstream’s end-to-end test, byte for byte', async (t) => {
  testE2eRows(t, ROWS);
});
