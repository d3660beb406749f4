import { untyped } from '../../metrics/metric-definition.js';
import { remembered } from '../../values/remembered.js';
import { apart } from '../apart.js';
import type { CollectorSpec } from '../collector.js';
import { linesOf, wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { compileFilter } from '../name-filter.js';
import { parseDecimal } from '../numbers.js';

const DEFAULT_FIELDS =
  '^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$';

/** A number of the kernel's network stack, such as `TcpExt`, `ListenDrops`. */
interface Statistic {
  readonly protocol: string;
  readonly name: string;
  readonly value: string;
}

/** /proc/net/netstat, snmp and snmp6: the fields that a pattern picks from `Protocol_Field`. */
export const netstat: CollectorSpec = {
  name: 'netstat',
  isDefault: true,
  flags: [
    {
      name: 'netstat.fields',
      kind: 'value',
      default: DEFAULT_FIELDS,
      help: 'Regular expression of the fields to report, written Protocol_Field.',
    },
  ],
  create: (options) => {
    const isWanted = remembered(compileFilter('netstat.fields', options.text('netstat.fields')) ?? (() => true));
    return {
      collect: ({ metrics, files }) => {
        const report = (read: () => readonly Statistic[]): void => {
          apart(metrics, () => {
            for (const { protocol, name, value } of read()) {
              const field = `${protocol}_${name}`;
              if (isWanted(field)) metrics.set(definition(field), parseDecimal(value));
            }
          });
        };
        report(() => parsePairs(files.proc.text('net/netstat'), metrics));
        report(() => parsePairs(files.proc.text('net/snmp'), metrics));
        // Without IPv6 there is no such file.
        report(() => parseSnmp6(files.proc.textIfAny('net/snmp6') ?? ''));
      },
    };
  },
};

const definition = remembered((field) => untyped(`node_netstat_${field}`, `Statistic ${field.replace('_', '')}.`));

/** A line of names, `TcpExt: SyncookiesSent ListenDrops`, followed by a line of their values. */
function parsePairs(text: string, metrics: MetricSink): Statistic[] {
  const lines = linesOf(text);
  const statistics: Statistic[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [label = '', ...names] = wordsOf(lines[index] ?? '');
    const [valuesLabel, ...values] = wordsOf(lines[index + 1] ?? '');
    // Where one of a pair is gone, the next pair begins with the next line.
    if (label === valuesLabel) index++;
    if (label !== valuesLabel || names.length !== values.length) {
      metrics.passOver(`mismatch of names and values of "${label}"`);
      continue;
    }
    const protocol = label.replace(/:$/, '');
    for (const [at, name] of names.entries()) statistics.push({ protocol, name, value: values[at] ?? '' });
  }
  return statistics;
}

/** A line a value: `Ip6InReceives    7`; the protocol's name ends with the 6. */
function parseSnmp6(text: string): Statistic[] {
  return linesOf(text).flatMap((line) => {
    const [, protocol = '', name = '', value = ''] = /^([^6\s]*6)(\S*)\s+(\S+)/.exec(line) ?? [];
    return protocol === '' ? [] : [{ protocol, name, value }];
  });
}
