import { counter, gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import { remembered } from '../../values/remembered.js';
import type { CollectorSpec } from '../collector.js';
import { linesOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { parseWhole } from '../numbers.js';

/** Key: the kernel's name in /proc/zoneinfo. */
const FIELDS: ReadonlyMap<string, MetricDefinition<'node' | 'zone'>> = new Map(
  Object.entries<MetricDefinition<'node' | 'zone'>>({
    high: gauge('node_zoneinfo_high_pages', 'Zone watermark pages_high', ['node', 'zone']),
    low: gauge('node_zoneinfo_low_pages', 'Zone watermark pages_low', ['node', 'zone']),
    managed: gauge('node_zoneinfo_managed_pages', 'Present pages managed by the buddy system', ['node', 'zone']),
    min: gauge('node_zoneinfo_min_pages', 'Zone watermark pages_min', ['node', 'zone']),
    nr_active_anon: gauge('node_zoneinfo_nr_active_anon_pages', 'Number of anonymous pages recently more used', [
      'node',
      'zone',
    ]),
    nr_active_file: gauge('node_zoneinfo_nr_active_file_pages', 'Number of active pages with file-backing', [
      'node',
      'zone',
    ]),
    nr_anon_pages: gauge('node_zoneinfo_nr_anon_pages', 'Number of anonymous pages currently used by the system', [
      'node',
      'zone',
    ]),
    nr_anon_transparent_hugepages: gauge(
      'node_zoneinfo_nr_anon_transparent_hugepages',
      'Number of anonymous transparent huge pages currently used by the system',
      ['node', 'zone'],
    ),
    nr_dirtied: counter('node_zoneinfo_nr_dirtied_total', 'Page dirtyings since bootup', ['node', 'zone']),
    nr_dirty: gauge('node_zoneinfo_nr_dirty_pages', 'Number of dirty pages', ['node', 'zone']),
    nr_file_pages: gauge('node_zoneinfo_nr_file_pages', 'Number of file pages', ['node', 'zone']),
    nr_free_pages: gauge('node_zoneinfo_nr_free_pages', 'Total number of free pages in the zone', ['node', 'zone']),
    nr_inactive_anon: gauge('node_zoneinfo_nr_inactive_anon_pages', 'Number of anonymous pages recently less used', [
      'node',
      'zone',
    ]),
    nr_inactive_file: gauge('node_zoneinfo_nr_inactive_file_pages', 'Number of inactive pages with file-backing', [
      'node',
      'zone',
    ]),
    nr_isolated_anon: gauge('node_zoneinfo_nr_isolated_anon_pages', 'Temporary isolated pages from anon lru', [
      'node',
      'zone',
    ]),
    nr_isolated_file: gauge('node_zoneinfo_nr_isolated_file_pages', 'Temporary isolated pages from file lru', [
      'node',
      'zone',
    ]),
    nr_kernel_stack: gauge('node_zoneinfo_nr_kernel_stacks', 'Number of kernel stacks', ['node', 'zone']),
    nr_mapped: gauge('node_zoneinfo_nr_mapped_pages', 'Number of mapped pages', ['node', 'zone']),
    nr_shmem: gauge('node_zoneinfo_nr_shmem_pages', 'Number of shmem pages (included tmpfs/GEM pages)', [
      'node',
      'zone',
    ]),
    nr_slab_reclaimable: gauge('node_zoneinfo_nr_slab_reclaimable_pages', 'Number of reclaimable slab pages', [
      'node',
      'zone',
    ]),
    nr_slab_unreclaimable: gauge('node_zoneinfo_nr_slab_unreclaimable_pages', 'Number of unreclaimable slab pages', [
      'node',
      'zone',
    ]),
    nr_unevictable: gauge('node_zoneinfo_nr_unevictable_pages', 'Number of unevictable pages', ['node', 'zone']),
    nr_writeback: gauge('node_zoneinfo_nr_writeback_pages', 'Number of writeback pages', ['node', 'zone']),
    nr_written: counter('node_zoneinfo_nr_written_total', 'Page writings since bootup', ['node', 'zone']),
    numa_foreign: counter('node_zoneinfo_numa_foreign_total', 'Was intended here, hit elsewhere', ['node', 'zone']),
    numa_hit: counter('node_zoneinfo_numa_hit_total', 'Allocated in intended node', ['node', 'zone']),
    numa_interleave: counter('node_zoneinfo_numa_interleave_total', 'Interleaver preferred this zone', [
      'node',
      'zone',
    ]),
    numa_local: counter('node_zoneinfo_numa_local_total', 'Allocation from local node', ['node', 'zone']),
    numa_miss: counter('node_zoneinfo_numa_miss_total', 'Allocated in non intended node', ['node', 'zone']),
    numa_other: counter('node_zoneinfo_numa_other_total', 'Allocation from other node', ['node', 'zone']),
    present: gauge('node_zoneinfo_present_pages', 'Physical pages existing within the zone', ['node', 'zone']),
    spanned: gauge('node_zoneinfo_spanned_pages', 'Total pages spanned by the zone, including holes', ['node', 'zone']),
  }),
);

/** `Node 0, zone      DMA`. */
const ZONE = /^Node (\d+), zone\s+(\S+)/;
/** `        min      8`; the first of a block has `pages` before it. */
const FIELD = /^\s+(?:pages )?([a-z_]+)\s+(\d+)$/;
/** `        protection: (0, 2039, 31932, 31932, 31932)`. */
const PROTECTION = /^\s+protection: \((.*)\)$/;

/** /proc/zoneinfo: the zones of memory. Counters of a NUMA node appear below its first zone. */
export const zoneinfo: CollectorSpec = {
  name: 'zoneinfo',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      let place: { readonly node: string; readonly zone: string } | undefined;
      for (const line of linesOf(files.proc.text('zoneinfo'))) {
        if (!line.startsWith(' ')) place = placeOf(line, metrics);
        // Lines below a heading that cannot be read belong to no zone.
        if (place === undefined) continue;
        const [, field = '', count = ''] = FIELD.exec(line) ?? [];
        const metric = FIELDS.get(field);
        if (metric !== undefined) metrics.setWith(metric, place, parseWhole(count));
        const protections = PROTECTION.exec(line)?.[1]?.split(', ') ?? [];
        for (const [index, pages] of protections.entries()) {
          metrics.setWith(protection(String(index)), place, parseWhole(pages));
        }
      }
    },
  }),
};

function placeOf(heading: string, metrics: MetricSink): { readonly node: string; readonly zone: string } | undefined {
  const [, node, zone] = ZONE.exec(heading) ?? [];
  if (node !== undefined && zone !== undefined) return { node, zone };
  metrics.passOver(`unexpected line in /proc/zoneinfo: "${heading}"`);
  return undefined;
}

const protection = remembered((index) =>
  gauge(`node_zoneinfo_protection_${index}`, `Protection array ${index}. field`, ['node', 'zone']),
);
