// Pushes large bodies of several shapes and prints the memory that each takes, in parts of the body, and for how long a
// probe and `/-/healthy` of a prober in the same process (`sonde all`, as `npm start` runs it) wait meanwhile. Loopback
// only.
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findPushgateway, NO_PUSHGATEWAY, startRealPushgateway } from '../../test/helpers/peer.js';
import type { ChildService } from '../../test/helpers/services/child-service.js';
import { httpGet } from '../../test/helpers/services/http-get.js';
import { resetPeak, startWatchedAll, type WatchedProgram } from '../hostile/watched-program.js';
import { processUsage } from '../process-usage.js';
import { BODY_SHAPES, type MadeBody } from './body-shapes.js';

const MIB = 1024 * 1024;
const POLL_MS = 5;
const SETTLE_MS = 500;
/** A little less than the limit, which is the last size. */
const SIZES = [4 * MIB, 16 * MIB, 32 * MIB - 4096] as const;

/** What is asked beside the push, and how long the slowest answer of each took. */
type Asked = Readonly<Record<string, () => Promise<unknown>>>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      shape: { type: 'string', multiple: true, default: [] },
      mib: { type: 'string', multiple: true, default: [] },
      'without-peer': { type: 'boolean', default: false },
    },
  });
  const shapes = Object.entries(BODY_SHAPES).filter(
    ([name]) => values.shape.length === 0 || values.shape.some((part) => name.includes(part)),
  );
  const target = http.createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
  await new Promise((resolve) => target.once('listening', resolve));
  const { port } = target.address() as AddressInfo;
  const folder = mkdtempSync(join(os.tmpdir(), 'sonde-bodies-'));
  try {
    console.log(
      '| body | MiB | program | status | ms | peak MiB more | × the body | held ms | probe ms | healthy ms |',
    );
    console.log(`|${'---|'.repeat(10)}`);
    for (const [name, make] of shapes) {
      for (const size of SIZES) {
        if (values.mib.length > 0 && !values.mib.includes(String(Math.round(size / MIB)))) continue;
        const body = make(size);
        await benchSonde(name, body, { folder, port });
        if (!values['without-peer']) await benchPeer(name, body);
      }
    }
  } finally {
    target.close();
    rmSync(folder, { recursive: true });
  }
}

async function benchSonde(
  name: string,
  body: MadeBody,
  { folder, port }: { readonly folder: string; readonly port: number },
): Promise<void> {
  const { program, pushAddress } = await startWatchedAll(folder);
  const { address } = program.service;
  const probe = `/probe?module=http_2xx&target=127.0.0.1:${port}`;
  try {
    for (let count = 0; count < 100; count++) await httpGet(address, probe);
    await program.collectedFigures();
    const row = await pushOne(pushAddress, body, program.service, {
      probe: () => httpGet(address, probe),
      healthy: () => httpGet(address, '/-/healthy'),
    });
    print([name, 'Sonde'], body, row, await program.collectedFigures());
  } finally {
    await program.service.stop('SIGKILL');
  }
}

async function benchPeer(name: string, body: MadeBody): Promise<void> {
  const peer = findPushgateway();
  if (peer === undefined) throw new Error(NO_PUSHGATEWAY);
  const service = await startRealPushgateway(peer);
  try {
    const healthy = () => httpGet(service.address, '/-/healthy');
    print([name, `Pushgateway ${peer.version}`], body, await pushOne(service.address, body, service, { healthy }));
  } finally {
    await service.stop('SIGKILL');
  }
}

interface Row {
  readonly status: string;
  readonly ms: number;
  readonly moreMib: number;
  readonly waits: ReadonlyMap<string, number>;
}

async function pushOne(address: string, body: MadeBody, { pid }: ChildService, asked: Asked): Promise<Row> {
  await httpGet(address, '/metrics/job/small', { method: 'PUT', body: 'small_metric 1\n' });
  await sleep(SETTLE_MS);
  resetPeak(pid);
  const { residentMib } = processUsage(pid);
  const polling = new AbortController();
  const slowest = Object.entries(asked).map(([name, ask]) => slowestOf(name, ask, polling.signal));
  const startedAt = performance.now();
  const status = await push(address, body);
  const ms = performance.now() - startedAt;
  await sleep(POLL_MS);
  polling.abort();
  const waits = new Map(await Promise.all(slowest));
  return { status, ms, moreMib: processUsage(pid).peakMib - residentMib, waits };
}

/** The status, or how the connection ended: a server need not read all of a body that it refuses. */
async function push(address: string, { bytes, headers }: MadeBody): Promise<string> {
  try {
    return String((await httpGet(address, '/metrics/job/large', { method: 'PUT', headers, body: bytes })).status);
  } catch (error) {
    return `cut off (${String((error as NodeJS.ErrnoException).code)})`;
  }
}

async function slowestOf(
  name: string,
  ask: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<readonly [string, number]> {
  let longest = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    await ask();
    longest = Math.max(longest, performance.now() - startedAt);
    await sleep(POLL_MS);
  }
  return [name, longest];
}

function print(
  [name, label]: readonly [name: string, label: string],
  { unpackedBytes }: MadeBody,
  { status, ms, moreMib, waits }: Row,
  figures?: Awaited<ReturnType<WatchedProgram['figures']>>,
): void {
  const bodyMib = unpackedBytes / MIB;
  const held = figures === undefined ? '' : figures.heldMs.toFixed(1);
  const [probe = '', healthy = ''] = ['probe', 'healthy'].map((asked) => waits.get(asked)?.toFixed(1));
  const cells = [bodyMib.toFixed(1), label, status, ms.toFixed(0), moreMib.toFixed(0), (moreMib / bodyMib).toFixed(1)];
  console.log(`| ${[name, ...cells, held, probe, healthy].join(' | ')} |`);
  for (const line of figures?.where ?? []) console.log(`    ${line}`);
}

await main();
