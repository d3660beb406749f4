/**
 * A mutation of a file after which Sonde has less than upstream, or less than by its own rule, and why that is right.
 */
export interface MutationDifference {
  /** Matches the collector's name. */
  readonly collector: RegExp;
  /** Matches `file: mutation`. */
  readonly mutation: RegExp;
  readonly why: string;
}

export const MUTATION_DIFFERENCES: readonly MutationDifference[] = [
  {
    collector: /^(?:buddyinfo|interrupts|zoneinfo)$/,
    mutation: /\/(?:buddyinfo: 0 in line 1|interrupts: 0 in line 2|zoneinfo: 0 in line 1) is /,
    why: 'the number names all of its line: a node or an interrupt',
  },
  { collector: /^cpu$/, mutation: /cpuinfo: \d in line \d+ is /, why: 'the number names the CPU of its block' },
  { collector: /^os$/, mutation: /os-release: 20\.04 /, why: 'the version is in the name of both series' },
  {
    collector: /^(?:conntrack|lnstat)$/,
    mutation: /stat\/\w+: (?:the middle line|an odd line)/,
    why: 'a sum without one of the CPUs, or another CPU’s number, would be untrue; upstream counts the CPUs of each column by themselves',
  },
  {
    collector: /^bcache$/,
    mutation: /: gone$|: the middle line|priority_stats: empty/,
    why: 'upstream shows 0, which is what it was, for a file or line of a cache that is not there',
  },
  {
    collector: /^bcachefs$/,
    mutation: /counters\/\w+: the middle line/,
    why: 'upstream shows 0, which is what it was, for a count that its file does not have',
  },
  {
    collector: /^btrfs$/,
    mutation: /bytes_reserved: /,
    why: 'upstream shows 0, which is what it was, for what is not there or is no number',
  },
  {
    collector: /^xfs$/,
    mutation: /stats: empty/,
    why: 'upstream shows 0, which is what it was, for a line of XFS that is not there',
  },
  { collector: /^cpu$/, mutation: /cpu\/isolated: /, why: 'upstream tells what the file held when it started' },
  {
    collector: /^netclass$/,
    mutation: /netdev_group: /,
    why: 'upstream shows 0, which is what it was, for what is no number',
  },
  {
    collector: /^(?:nfsd|stat)$/,
    mutation: /(?:nfsd|stat): empty/,
    why: 'upstream shows 0, which is what it was, for a line that is not there',
  },
  {
    collector: /^nvme$/,
    mutation: /nvme0n1\/(?:queue\/logical_block_size|size): /,
    why: 'several series are made of the number; upstream shows them as 0',
  },
  {
    collector: /^(?:qdisc|wifi)$/,
    mutation: /\.json: /,
    why: 'a file of JSON with a mistake anywhere is none',
  },
  {
    collector: /^softnet$/,
    mutation: /the middle line is odd/,
    why: 'the CPUs are those of the lines, which are one more',
  },
  { collector: /^swap$/, mutation: /swaps: the middle line/, why: 'there is no other line' },
  {
    collector: /^sysctl$/,
    mutation: /file-nr: \d+ in line 1 /,
    why: 'the number is asked for twice: by its place and by its name',
  },
  {
    collector: /^textfile$/,
    mutation: /metrics1\.prom: /,
    why: 'a file of metrics with a mistake anywhere is none, as upstream; node_textfile_scrape_error has another value then',
  },
  {
    collector: /^zoneinfo$/,
    mutation: /the last line is cut off/,
    why: 'upstream reads the numbers of a list that has no end, the last of which may be cut off',
  },
];
