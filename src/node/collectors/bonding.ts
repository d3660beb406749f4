import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import type { FileTree } from '../host-files.js';
import { textOrNoData } from '../sysfs-values.js';
import { takeTurns } from '../take-turns.js';

const configured = gauge('node_bonding_slaves', 'Number of configured slaves per bonding interface.', ['master']);
const active = gauge('node_bonding_active', 'Number of active slaves per bonding interface.', ['master']);

/** /sys/class/net/bonding_masters and below each of them, `bonding/slaves` and the link state of each. */
export const bonding: CollectorSpec = {
  name: 'bonding',
  isDefault: true,
  flags: [],
  create: (_options, { clock }) => ({
    collect: (scrape) => takeTurns(collectSteps(scrape), clock, () => undefined, scrape.signal),
  }),
};

function* collectSteps({ metrics, files: { sys } }: Scrape): Generator<undefined, void> {
  for (const master of words(textOrNoData(sys, 'class/net/bonding_masters'))) {
    const slaves = words(sys.value(`class/net/${master}/bonding/slaves`) ?? '');
    let up = 0;
    for (const slave of slaves) {
      if (isUp(sys, master, slave)) up += 1;
      yield;
    }
    metrics.setWith(configured, { master }, slaves.length);
    metrics.setWith(active, { master }, up);
    yield;
  }
}

function isUp(sys: FileTree, master: string, slave: string): boolean {
  // Kernels before 3.11 call the link slave_ instead of lower_.
  const [state] = ['lower', 'slave']
    .map((prefix) => sys.value(`class/net/${master}/${prefix}_${slave}/bonding_slave/mii_status`))
    .filter((found) => found !== undefined);
  return state === 'up';
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter(Boolean);
}
