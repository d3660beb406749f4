import { counter, gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import { formatIpBytes, parseIpAddress } from '../../values/address/ip-address.js';
import { apart } from '../apart.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { linesOf, wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { parseHex, parseWhole } from '../numbers.js';
import { takeTurns } from '../take-turns.js';

/** The totals in the order of the third line of ip_vs_stats. */
const TOTALS = [
  counter('node_ipvs_connections_total', 'The total number of connections made.'),
  counter('node_ipvs_incoming_packets_total', 'The total number of incoming packets.'),
  counter('node_ipvs_outgoing_packets_total', 'The total number of outgoing packets.'),
  counter('node_ipvs_incoming_bytes_total', 'The total amount of incoming data.'),
  counter('node_ipvs_outgoing_bytes_total', 'The total amount of outgoing data.'),
];
const LINE_OF_TOTALS = 2;

/** The labels that a backend may have. */
const LABELS = ['local_address', 'local_port', 'remote_address', 'remote_port', 'proto', 'local_mark'] as const;
type BackendLabel = (typeof LABELS)[number];

/** The labels of the virtual service whose servers follow. */
type Service = Pick<Backend['labels'], 'proto' | 'local_address' | 'local_port' | 'local_mark'>;

/** A server behind a virtual service. */
interface Backend {
  readonly labels: Readonly<Record<BackendLabel, string>>;
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
}

/** /proc/net/ip_vs_stats and ip_vs: the kernel's load balancer. */
export const ipvs: CollectorSpec = {
  name: 'ipvs',
  isDefault: true,
  flags: [
    {
      kind: 'value',
      name: 'ipvs.backend-labels',
      default: LABELS.join(','),
      help: 'Comma separated list for IPVS backend stats labels.',
    },
  ],
  create: (options, { clock }) => {
    const sums = new BackendSums(chosenLabels(options.text('ipvs.backend-labels')));
    return {
      collect: async ({ metrics, files: { proc } }) => {
        const totals = proc.textIfAny('net/ip_vs_stats');
        if (totals === undefined) throw new NoData('the load balancer (ip_vs) is not loaded');
        setTotals(metrics, totals);
        const found = sums.begin();
        await takeTurns(backendsIn(proc.textIfAny('net/ip_vs') ?? '', metrics), clock, found.add);
        found.report(metrics);
      },
    };
  },
};

/** Returns the wanted labels in their usual order. Throws an Error, in upstream's words, for one that there is not. */
function chosenLabels(list: string): readonly BackendLabel[] {
  const wanted = new Set(list.split(',').filter((label) => label !== ''));
  const chosen = LABELS.filter((label) => wanted.delete(label));
  if (wanted.size > 0) throw new Error(`unknown IPVS backend labels: "${[...wanted].sort().join(', ')}"`);
  return chosen;
}

function setTotals(metrics: MetricSink, text: string): void {
  const words = wordsOf(text.split('\n')[LINE_OF_TOTALS] ?? '');
  for (const [index, metric] of TOTALS.entries()) metrics.set(metric, parseHex(words[index] ?? ''));
}

/** Backends that agree in all labels that are shown count together. */
class BackendSums {
  readonly #labels: readonly BackendLabel[];
  readonly #active: MetricDefinition<BackendLabel>;
  readonly #inactive: MetricDefinition<BackendLabel>;
  readonly #weight: MetricDefinition<BackendLabel>;

  constructor(labels: readonly BackendLabel[]) {
    this.#labels = labels;
    this.#active = gauge(
      'node_ipvs_backend_connections_active',
      'The current active connections by local and remote address.',
      labels,
    );
    this.#inactive = gauge(
      'node_ipvs_backend_connections_inactive',
      'The current inactive connections by local and remote address.',
      labels,
    );
    this.#weight = gauge('node_ipvs_backend_weight', 'The current backend weight by local and remote address.', labels);
  }

  /** Begins the sums of one scrape. */
  begin(): { readonly add: (backend: Backend) => void; readonly report: (metrics: MetricSink) => void } {
    const sums = new Map<string, Backend>();
    return {
      add: (backend) => {
        const key = this.#labels.map((label) => backend.labels[label]).join('\0');
        const known = sums.get(key);
        sums.set(key, known === undefined ? backend : together(known, backend));
      },
      report: (metrics) => {
        for (const { labels, weight, active, inactive } of sums.values()) {
          metrics.setWith(this.#active, labels, active);
          metrics.setWith(this.#inactive, labels, inactive);
          metrics.setWith(this.#weight, labels, weight);
        }
      },
    };
  }
}

function together(one: Backend, other: Backend): Backend {
  return {
    labels: one.labels,
    weight: one.weight + other.weight,
    active: one.active + other.active,
    inactive: one.inactive + other.inactive,
  };
}

/**
 * Yields the backends of /proc/net/ip_vs. A service is `TCP  C0A80016:0CEA wlc` (or UDP, SCTP) or, by a mark of the
 * firewall, `FWM  10001000 wlc`; its servers follow, each `-> C0A85216:0CEA Tunnel 100 248 2`.
 */
function* backendsIn(text: string, metrics: MetricSink): Generator<Backend> {
  let service: Service | undefined;
  for (const line of linesOf(text)) {
    const [first = '', ...rest] = wordsOf(line);
    if (first === '->') {
      const backend = service === undefined ? undefined : backendOf(service, rest, metrics);
      if (backend !== undefined) yield backend;
    } else if (PROTOCOL.test(first)) {
      // If this line cannot be read, the servers after it belong to no service.
      service = undefined;
      apart(metrics, () => {
        service = serviceOf(first, rest[0] ?? '');
      });
    }
  }
}

/**
 * The first word of a service's line. The title lines begin with `IP` and `Prot`, which are shorter or not in capitals.
 */
const PROTOCOL = /^(?:[A-Z]{3,10})$/;

function serviceOf(proto: string, what: string): Service {
  if (proto === 'FWM') return { proto, local_mark: what, local_address: '', local_port: '0' };
  const { address, port } = endpointOf(what);
  return { proto, local_mark: '', local_address: address, local_port: port };
}

function backendOf(
  service: Service,
  [endpoint = '', , ...counts]: readonly string[],
  metrics: MetricSink,
): Backend | undefined {
  if (endpoint === 'RemoteAddress:Port') return undefined;
  let backend: Backend | undefined;
  apart(metrics, () => {
    const { address, port } = endpointOf(endpoint);
    const [weight = NaN, active = NaN, inactive = NaN] = counts.map(parseWhole);
    backend = { labels: { ...service, remote_address: address, remote_port: port }, weight, active, inactive };
  });
  return backend;
}

const IPV4_ENDPOINT = /^([\dA-F]{8}):([\dA-F]{4})$/i;
const IPV6_ENDPOINT = /^\[([\da-f:]{2,39})\]:([\da-f]{4})$/i;

/** Reads `C0A80016:0CEA` or `[2001:0db8:0000:0000:0000:0000:0000:0001]:0CEA`. */
function endpointOf(text: string): { readonly address: string; readonly port: string } {
  const [, hex, port4] = IPV4_ENDPOINT.exec(text) ?? [];
  if (hex !== undefined && port4 !== undefined) {
    return { address: formatIpBytes(Buffer.from(hex, 'hex')), port: String(parseHex(port4)) };
  }
  const [, long = '', port6 = ''] = IPV6_ENDPOINT.exec(text) ?? [];
  const address = parseIpAddress(long);
  if (address === undefined) throw new Error(`an address of ip_vs is none: ${text.slice(0, 60)}`);
  return { address: formatIpBytes(address.bytes), port: String(parseHex(port6)) };
}
