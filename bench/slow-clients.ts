// Connects clients that are slow on purpose to all three services and to the real programs, and prints what ends each
// of them and when. Loopback only; takes a little more than a minute.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  findBlackboxExporter,
  findNodeExporter,
  findPushgateway,
  startBlackboxExporter,
  startNodeExporter,
  startRealPushgateway,
  startSonde,
  startSondeNode,
} from '../test/helpers/peer.js';
import type { ChildService } from '../test/helpers/services/child-service.js';
import { httpGet } from '../test/helpers/services/http-get.js';

const WATCHED_SECONDS = 60;
const CLIENTS = 20;

interface SlowClient {
  readonly name: string;
  /** Sent at once. */
  readonly first: string;
  /** Sent again and again, a second apart. */
  readonly drop: string;
}

const HOST = 'Host: a\r\n';
const CLIENTS_OF: readonly SlowClient[] = [
  { name: 'says nothing', first: '', drop: '' },
  { name: 'a head, a byte a second', first: 'GET /metrics HTTP/1.1\r\nHost: a\r\nX: ', drop: 'x' },
  { name: 'a head, a field a second', first: `GET /metrics HTTP/1.1\r\n${HOST}`, drop: 'X-A: x\r\n' },
  {
    name: 'a body, a byte a second',
    first: `PUT /metrics/job/slow HTTP/1.1\r\n${HOST}Content-Length: 1000\r\n\r\n`,
    drop: '#',
  },
  {
    name: 'a body in chunks, one a second',
    first: `PUT /metrics/job/slow HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`,
    drop: '1\r\n#\r\n',
  },
  {
    name: 'a body of a GET, a byte a second',
    first: `GET /-/healthy HTTP/1.1\r\n${HOST}Content-Length: 1000\r\n\r\n`,
    drop: '#',
  },
];

interface Program {
  readonly label: string;
  readonly service: ChildService;
}

async function startAll(folder: string): Promise<readonly Program[]> {
  const configFile = join(folder, 'b.yml');
  writeFileSync(configFile, 'modules: {m: {prober: tcp}}\n');
  const [blackbox, node, push] = [findBlackboxExporter(), findNodeExporter(), findPushgateway()];
  return Promise.all([
    ...named('prober', startSonde([`--config.file=${configFile}`])),
    ...named('blackbox_exporter', blackbox && startBlackboxExporter(blackbox, [`--config.file=${configFile}`])),
    ...named('pushgateway', startSonde([], { command: 'pushgateway' })),
    ...named('Pushgateway', push && startRealPushgateway(push)),
    ...named('node', startSondeNode([])),
    ...named('node_exporter', node && startNodeExporter(node, [])),
  ]);
}

function named(label: string, starting: Promise<ChildService> | undefined): readonly Promise<Program>[] {
  return starting === undefined ? [] : [starting.then((service) => ({ label, service }))];
}

/** Resolves to when the connection ended and what was said on it. */
function watch(address: string, { first, drop }: SlowClient): Promise<string> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const port = Number(address.slice(address.lastIndexOf(':') + 1));
    const socket = net.connect(port, '127.0.0.1', () => socket.write(first));
    let said = '';
    const dropping = setInterval(() => socket.write(drop), 1000);
    const end = (what: string): void => {
      clearInterval(dropping);
      clearTimeout(timer);
      socket.destroy();
      const status = /^HTTP\/1\.1 (\d+)/.exec(said)?.[1];
      resolve(status === undefined ? what : `${status}, ${what}`);
    };
    const timer = setTimeout(() => {
      end('still open');
    }, WATCHED_SECONDS * 1000);
    const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(0);
    socket.on('data', (bytes) => (said += bytes.toString('latin1')));
    socket.on('end', () => {
      end(`closed after ${seconds()} s`);
    });
    socket.on('error', () => {
      end(`reset after ${seconds()} s`);
    });
  });
}

/** `20 × 408, closed after 10 s`. */
async function watchMany(address: string, client: SlowClient): Promise<string> {
  const outcomes = await Promise.all(Array.from({ length: CLIENTS }, () => watch(address, client)));
  return [...new Set(outcomes)].join('; ');
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(os.tmpdir(), 'sonde-slow-'));
  const programs = await startAll(folder);
  try {
    console.log(
      `| client | ${programs.map(({ label }) => label).join(' | ')} |\n|${'---|'.repeat(programs.length + 1)}`,
    );
    const rows = CLIENTS_OF.map((client) =>
      Promise.all(programs.map(({ service }) => watchMany(service.address, client))),
    );
    await sleep((WATCHED_SECONDS * 1000) / 2);
    for (const { label, service } of programs) {
      const startedAt = performance.now();
      const { status } = await httpGet(service.address, '/metrics');
      console.error(
        `${label}: a scrape meanwhile has status ${status} after ${(performance.now() - startedAt).toFixed(0)} ms`,
      );
    }
    for (const [index, row] of rows.entries()) {
      console.log(`| ${[CLIENTS_OF[index]?.name, ...(await row)].join(' | ')} |`);
    }
  } finally {
    for (const { service } of programs) await service.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

await main();
