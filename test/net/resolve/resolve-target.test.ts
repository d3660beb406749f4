import t from 'tap';
import { MetricSet } from '../../../src/metrics/metric-set.js';
import { writeMetricSet } from '../../../src/metrics/write-text.js';
import { lookUpEither } from '../../../src/net/resolve/either-family.js';
import { ResolveError } from '../../../src/net/resolve/resolve-error.js';
import { type AddressPolicy, resolveTarget, type TargetAddress } from '../../../src/net/resolve/resolve-target.js';
import type { Resolver } from '../../../src/net/resolve/resolver.js';
import { ProbeFailure } from '../../../src/probe/failure.js';
import { PhaseMarks } from '../../../src/probe/phase-marks.js';
import { TargetPolicy } from '../../../src/probe/policy/target-policy.js';
import { ProbeAbort } from '../../../src/probe/probe-abort.js';
import { ProbeLog } from '../../../src/probe/probe-log.js';
import { ProbeNotes } from '../../../src/probe/report/probe-notes.js';
import { NOT_NOTED } from '../../../src/probe/used-secrets.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const NAMES: Readonly<Record<string, readonly [v4: readonly string[] | string, v6: readonly string[] | string]>> = {
  both: [
    ['192.0.2.1', '192.0.2.2'],
    ['2001:db8::1', '2001:db8::2'],
  ],
  only4: [['192.0.2.1', '192.0.2.2'], 'dns_no_suitable_address'],
  only6: ['dns_no_suitable_address', ['2001:db8::1']],
  mapped: ['dns_no_suitable_address', ['::ffff:c000:209']],
  mappedFirst: [['192.0.2.1'], ['::ffff:192.0.2.9', '2001:db8::1']],
  neither: ['dns_no_suitable_address', 'dns_no_suitable_address'],
  unknown: ['dns_no_such_host', 'dns_no_such_host'],
  broken6: [['192.0.2.1'], 'dns_server_failure'],
  half: ['dns_no_suitable_address', 'dns_timeout'],
};

/** A resolver that looks up each family so. */
function resolverOf(lookup: Resolver['lookup'], oneByOne = false): Resolver {
  return {
    lookup,
    lookupEither: (host, preferred, signal) =>
      lookUpEither({ preferred, oneByOne, lookUp: (family, until) => lookup(host, family, until), signal }),
  };
}

/** A resolver that answers from NAMES and takes a quarter of a second. */
function tableResolver(clock: ManualClock): Resolver {
  return resolverOf(async (host, family) => {
    if (family === 4) clock.advance(0.25);
    const answer = NAMES[host]?.[family === 4 ? 0 : 1] ?? 'dns_no_such_host';
    if (typeof answer !== 'string') return { addresses: answer, aliases: [] };
    throw new ResolveError(answer as ResolveError['reason'], `lookup ${host}: ${answer}`);
  });
}

interface Result {
  readonly address?: TargetAddress;
  readonly failure?: ProbeFailure;
  readonly metrics: string;
  readonly log: readonly string[];
}

async function resolve(
  host: string,
  policy: AddressPolicy,
  resolver?: Resolver,
  signal?: AbortSignal,
): Promise<Result> {
  const clock = new ManualClock();
  const metrics = new MetricSet();
  const log = new ProbeLog(clock);
  const context = {
    signal: signal ?? new AbortController().signal,
    timeoutSeconds: 10,
    metrics,
    log,
    clock,
    marks: new PhaseMarks(clock),
    policy: TargetPolicy.ALLOW_ALL,
    notes: new ProbeNotes(),
    secrets: NOT_NOTED,
  };
  const outcome = await resolveTarget({ scheme: 'tcp', host }, policy, {
    resolver: resolver ?? tableResolver(clock),
    context,
  }).then(
    (address) => ({ address }),
    (failure: unknown) => {
      if (failure instanceof ProbeFailure) return { failure };
      throw failure;
    },
  );
  return {
    ...outcome,
    metrics: writeMetricSet(metrics).replace(/^#.*\n/gm, ''),
    log: log.entries.map(({ level, message, fields }) => `${level} ${message} ${JSON.stringify(fields)}`),
  };
}

const ip4 = { preferred: 'ip4', fallback: true } as const;
const ip6 = { preferred: 'ip6', fallback: true } as const;
const strict4 = { preferred: 'ip4', fallback: false } as const;
const strict6 = { preferred: 'ip6', fallback: false } as const;

t.test('the address that is chosen', async (t) => {
  const rows: readonly (readonly [host: string, policy: AddressPolicy, expected: string])[] = [
    ['both', ip4, '192.0.2.1'],
    ['both', ip6, '2001:db8::1'],
    ['both', strict4, '192.0.2.1'],
    ['both', strict6, '2001:db8::1'],
    ['only4', ip6, '192.0.2.2'],
    ['only4', { ...ip6, firstOfOther: true }, '192.0.2.1'],
    ['only6', ip4, '2001:db8::1'],
    ['broken6', ip6, '192.0.2.1'],
    ['mapped', ip6, '192.0.2.9'],
    ['::', strict4, '0.0.0.0'],
    ['::', ip4, '::'],
    ['mapped', ip4, '192.0.2.9'],
    ['mappedFirst', ip6, '2001:db8::1'],
    ['mappedFirst', strict6, '2001:db8::1'],
    ['127.0.0.1', ip4, '127.0.0.1'],
    ['127.0.0.1', ip6, '127.0.0.1'],
    ['::1', strict6, '::1'],
    ['fe80::1%lo', ip6, 'fe80::1%lo'],
    ['::ffff:1.2.3.4', strict4, '1.2.3.4'],
  ];
  for (const [host, policy, expected] of rows) {
    const { address } = await resolve(host, policy);
    t.same(
      address,
      { address: expected, family: expected.includes(':') ? 6 : 4, aliases: [] },
      `${host} ${JSON.stringify(policy)}`,
    );
  }
});

t.test('failures', async (t) => {
  const rows: readonly (readonly [host: string, policy: AddressPolicy, reason: string, err: string])[] = [
    ['only4', strict6, 'dns_no_suitable_address', 'lookup only4: dns_no_suitable_address'],
    ['mapped', strict6, 'dns_no_suitable_address', 'address mapped: no suitable address found'],
    ['unknown', ip6, 'dns_no_such_host', 'lookup unknown: dns_no_such_host'],
    ['neither', ip6, 'dns_no_such_host', 'lookup neither: dns_no_suitable_address'],
    ['broken6', strict6, 'dns_server_failure', 'lookup broken6: dns_server_failure'],
    ['half', ip4, 'dns_timeout', 'lookup half: dns_timeout'],
    ['127.0.0.1', strict6, 'dns_no_suitable_address', 'address 127.0.0.1: no suitable address found'],
    ['::ffff:1.2.3.4', strict6, 'dns_no_suitable_address', 'address ::ffff:1.2.3.4: no suitable address found'],
  ];
  for (const [host, policy, reason, err] of rows) {
    const { failure } = await resolve(host, policy);
    t.same([failure?.phase, failure?.reason, failure?.message], ['resolve', reason, 'Error resolving address'], host);
    t.same(failure?.fields, { err });
  }
});

t.test('what is reported', async (t) => {
  const good = await resolve('only4', ip6);
  t.equal(
    good.metrics,
    'probe_dns_lookup_time_seconds 0.25\nprobe_ip_addr_hash 2.020319309e+09\nprobe_ip_protocol 4\n',
  );
  t.same(good.log, [
    'debug Resolving target address {"target":"only4","ip_protocol":"ip6"}',
    'debug Resolved target address {"target":"only4","ip":"192.0.2.2"}',
  ]);
  const bad = await resolve('unknown', strict4);
  t.equal(bad.metrics, 'probe_dns_lookup_time_seconds 0.25\nprobe_ip_addr_hash 0\nprobe_ip_protocol 0\n');
  t.same(bad.log.slice(1), [
    'error Resolution with IP protocol failed {"target":"unknown","ip_protocol":"ip4","err":"lookup unknown: dns_no_such_host"}',
  ]);
});

t.test('the time is up, or nobody waits any more', async (t) => {
  for (const [kind, reason, err] of [
    ['deadline', 'dns_timeout', 'lookup both: i/o timeout'],
    ['cancelled', 'probe_cancelled', 'lookup both: operation was canceled'],
  ] as const) {
    const abort = new AbortController();
    const aborted = new Set<number>();
    const resolver = resolverOf(
      (_host, family, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.add(family);
            reject(signal.reason as Error);
          });
          if (family === 6) setImmediate(() => abort.abort(new ProbeAbort(kind)));
        }),
    );
    const { failure } = await resolve('both', ip6, resolver, abort.signal);
    t.same([failure?.reason, failure?.fields], [reason, { err }], kind);
    t.same(aborted, new Set([4, 6]), 'both look-ups are given up');
  }
});

t.test('the other family is given up as soon as the preferred one answered', async (t) => {
  let dropped = false;
  const resolver = resolverOf((_host, family, signal) =>
    family === 4
      ? Promise.resolve({ addresses: ['192.0.2.1'], aliases: [] })
      : new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            dropped = true;
            reject(signal.reason as Error);
          });
        }),
  );
  t.match(await resolve('both', ip4, resolver), { address: { address: '192.0.2.1' } });
  t.ok(dropped);
});

t.test('one family after the other', async (t) => {
  const asked: number[] = [];
  const resolver = resolverOf(async (host, family) => {
    asked.push(family);
    if (family === 6 || host === 'both') {
      return { addresses: [family === 6 ? '2001:db8::1' : '192.0.2.1'], aliases: [] };
    }
    throw new ResolveError('dns_no_suitable_address', `lookup ${host}: no such host`);
  }, true);
  t.match(await resolve('both', ip4, resolver), { address: { address: '192.0.2.1' } });
  t.same(asked, [4], 'the other one only if it is needed');
  t.match(await resolve('only6', ip4, resolver), { address: { address: '2001:db8::1' } });
  t.same(asked, [4, 4, 6]);
});

t.test('a bug of the resolver is no failure of the target', async (t) => {
  const resolver = resolverOf(() => Promise.reject(new RangeError('bug')));
  await t.rejects(resolve('x', strict4, resolver), RangeError);
});
