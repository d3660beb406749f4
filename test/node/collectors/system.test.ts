import t from 'tap';
import type { CollectorSpec } from '../../../src/node/collector.js';
import { conntrack } from '../../../src/node/collectors/conntrack.js';
import { cpuVulnerabilities } from '../../../src/node/collectors/cpu-vulnerabilities.js';
import { diskstats } from '../../../src/node/collectors/diskstats.js';
import { kernelHung } from '../../../src/node/collectors/kernel-hung.js';
import { meminfo } from '../../../src/node/collectors/meminfo.js';
import { netstat } from '../../../src/node/collectors/netstat.js';
import { pressure } from '../../../src/node/collectors/pressure.js';
import { processes } from '../../../src/node/collectors/processes.js';
import { schedstat } from '../../../src/node/collectors/schedstat.js';
import { softnet } from '../../../src/node/collectors/softnet.js';
import { time } from '../../../src/node/collectors/time.js';
import { uname } from '../../../src/node/collectors/uname.js';
import { vmstat } from '../../../src/node/collectors/vmstat.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { type HostTree, hostTree } from '../../helpers/node/host-tree.js';
import { askCollector } from '../../helpers/services/collect.js';

interface Row {
  readonly what: string;
  readonly collector: CollectorSpec;
  readonly tree: HostTree;
  readonly flags?: Readonly<Record<string, string>>;
  /** The samples, or what is thrown. */
  readonly samples?: readonly string[];
  readonly error?: { readonly name: string } | { readonly message: string } | { readonly code: string };
}

/** `[text of the kernel, state, mitigation]`. */
const VULNERABILITIES = [
  ['Vulnerable: No microcode\n', 'vulnerable', 'No microcode'],
  ['Vulnerable; SMT vulnerable\n', 'vulnerable', 'SMT vulnerable'],
  ['Vulnerable, KVM: SW\n', 'vulnerable', 'KVM: SW'],
  ['Vulnerable : z\n', 'vulnerable', ': z'],
  ['VULNERABLE: \n', 'vulnerable', ''],
  ['Mitigation: PTI\n', 'mitigation', 'PTI'],
  ['Mitigation; foo: bar\n', 'mitigation', 'foo: bar'],
  ['Mitigation:  two \t blanks\nand: a line', 'mitigation', 'two blanks and: a line'],
  ['Mitigation:no blank\n', 'mitigation', 'blank'],
  ['Not affected\n', 'not affected', ''],
  ['Not affected: x\n', 'not affected', ''],
  ['Not  affected\n', 'unknown', 'Not  affected'],
  ['KVM: Mitigation: VMX disabled\n', 'unknown', 'KVM: Mitigation: VMX disabled'],
  ['Processor vulnerable\n', 'unknown', 'Processor vulnerable'],
  ['Unknown: No mitigations\n', 'unknown', 'No mitigations'],
  ['Unknown (XEN PV detected)\n', 'unknown', '(XEN PV detected)'],
  ['Retpolines, IBPB: a: b\n', 'unknown', 'Retpolines, IBPB: a: b'],
  ['\n', 'unknown', ''],
] as const;

const ROWS: readonly Row[] = [
  { what: 'no conntrack', collector: conntrack, tree: {}, error: { name: 'NoData' } },
  { what: 'no hung tasks counted', collector: kernelHung, tree: {}, error: { name: 'NoData' } },
  { what: 'no schedstat', collector: schedstat, tree: {}, error: { name: 'NoData' } },
  { what: 'no pressure', collector: pressure, tree: {}, error: { name: 'NoData' } },
  { what: 'no meminfo', collector: meminfo, tree: {}, error: { code: 'ENOENT' } },
  {
    what: 'vulnerabilities, each as node_exporter 1.11.1 tells it',
    collector: cpuVulnerabilities,
    tree: {
      sys: Object.fromEntries(
        VULNERABILITIES.map(([text], index) => [`devices/system/cpu/vulnerabilities/v${index + 10}`, text]),
      ),
    },
    samples: VULNERABILITIES.map(
      ([, state, mitigation], index) =>
        `node_cpu_vulnerabilities_info{codename="v${index + 10}",mitigation="${mitigation}",state="${state}"} 1`,
    ),
  },
  {
    what: 'a line of meminfo that is none',
    collector: meminfo,
    tree: { proc: { meminfo: 'MemTotal: x kB\n' } },
    error: { message: 'invalid line in meminfo: "MemTotal: x kB"' },
  },
  {
    what: 'names of netstat without values',
    collector: netstat,
    tree: { proc: { 'net/netstat': 'TcpExt: A B\nTcpExt: 1\n', 'net/snmp': '' } },
    error: { message: 'mismatch of names and values of "TcpExt:"' },
  },
  {
    what: 'fields of netstat by a pattern of the user',
    collector: netstat,
    tree: {
      proc: { 'net/netstat': 'TcpExt: A B\nTcpExt: 1 -2\n', 'net/snmp': '', 'net/snmp6': 'Ip6InReceives   3\n' },
    },
    flags: { 'netstat.fields': '^(TcpExt_B|Ip6_.*)$' },
    samples: ['node_netstat_Ip6_InReceives 3', 'node_netstat_TcpExt_B -2'],
  },
  {
    what: 'fields of vmstat by a pattern of the user',
    collector: vmstat,
    tree: { proc: { vmstat: 'nr_free_pages 5\npgpgin 6\n' } },
    flags: { 'vmstat.fields': 'free' },
    samples: ['node_vmstat_nr_free_pages 5'],
  },
  {
    what: 'an older softnet_stat, with fewer columns',
    collector: softnet,
    tree: { proc: { 'net/softnet_stat': '0000000a 0000000b 0000000c 0 0 0 0 0 1\n' } },
    samples: [
      'node_softnet_backlog_len{cpu="0"} 0',
      'node_softnet_cpu_collision_total{cpu="0"} 1',
      'node_softnet_dropped_total{cpu="0"} 11',
      'node_softnet_flow_limit_count_total{cpu="0"} 0',
      'node_softnet_processed_total{cpu="0"} 10',
      'node_softnet_received_rps_total{cpu="0"} 0',
      'node_softnet_times_squeezed_total{cpu="0"} 12',
    ],
  },
  {
    what: 'diskstats: partitions are left out, an old kernel has eleven numbers, ATA values that are none',
    collector: diskstats,
    tree: {
      proc: { diskstats: ' 8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n 8 1 sda1 1 2 3 4 5 6 7 8 9 10 11\n' },
      udev: { 'b8:0': 'S:disk\nE:ID_ATA=1\nE:ID_ATA_WRITE_CACHE=x\nE:ID_SERIAL=a=b\n' },
    },
    samples: [
      'node_disk_info{device="sda",major="8",minor="0",model="",path="",revision="",rotational="0",serial="a=b",wwn=""} 1',
      'node_disk_io_now{device="sda"} 9',
      'node_disk_io_time_seconds_total{device="sda"} 0.01',
      'node_disk_io_time_weighted_seconds_total{device="sda"} 0.011',
      'node_disk_read_bytes_total{device="sda"} 1536',
      'node_disk_read_time_seconds_total{device="sda"} 0.004',
      'node_disk_reads_completed_total{device="sda"} 1',
      'node_disk_reads_merged_total{device="sda"} 2',
      'node_disk_write_time_seconds_total{device="sda"} 0.008',
      'node_disk_writes_completed_total{device="sda"} 5',
      'node_disk_writes_merged_total{device="sda"} 6',
      'node_disk_written_bytes_total{device="sda"} 3584',
    ],
  },
  {
    what: 'processes: names with parentheses, threads, and what is no process',
    collector: processes,
    tree: {
      proc: {
        'sys/kernel/threads-max': '7801\n',
        'sys/kernel/pid_max': '4194304\n',
        '12/stat': `12 (a) b (c)) S ${'0 '.repeat(16)}2 0\n`,
        '12/task/12/stat': `12 (x) R ${'0 '.repeat(16)}2 0\n`,
        '12/task/13/stat': `13 (x) R ${'0 '.repeat(16)}2 0\n`,
        '14/other': '',
        'x/stat': '',
      },
    },
    samples: [
      'node_processes_max_processes 4.194304e+06',
      'node_processes_max_threads 7801',
      'node_processes_pids 1',
      'node_processes_state{state="S"} 1',
      'node_processes_threads 2',
      'node_processes_threads_state{thread_state="R"} 1',
      'node_processes_threads_state{thread_state="S"} 1',
    ],
  },
];

t.test('what collectors make of files', async (t) => {
  for (const { what, collector, tree, flags = {}, samples, error } of ROWS) {
    const scraped = askCollector(collector, { paths: hostTree(t, tree), flags }).scrape();
    if (samples === undefined) {
      await t.rejects(scraped, error ?? { message: 'an error' }, what);
      continue;
    }
    const text = await scraped;
    t.same(
      text.split('\n').filter((line) => /^[a-z]/.test(line)),
      samples,
      what,
    );
  }
});

t.test('uname and time', async (t) => {
  const paths = hostTree(t, { proc: { 'sys/kernel/domainname': 'example.org\n' } });
  t.match(await askCollector(uname, { paths }).scrape(), /domainname="example\.org".*sysname="Linux"/);
  const text = await askCollector(time, { paths, clock: new ManualClock(), env: { TZ: 'UTC' } }).scrape();
  t.match(text, /^node_time_seconds 1\.767323045678e\+09$/m);
});
