import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { startChildService } from '../../helpers/services/child-service.js';
import { httpGet } from '../../helpers/services/http-get.js';

// Two minutes of what a service meets in months: mixed probers, targets that come and go, clients that leave, reloads
// and scrapes. What it holds returns to where it began. `npm run soak` takes an hour (SONDE_SOAK_SECONDS=3600); with
// SONDE_SOAK_PAUSE_MS each of the clients waits that long between two probes, for a machine that others use.

const SECONDS = Number(process.env['SONDE_SOAK_SECONDS'] ?? 120);
const PAUSE_MS = Number(process.env['SONDE_SOAK_PAUSE_MS'] ?? 0);
const SONDE = fileURLToPath(new URL('../../../../bin/sonde', import.meta.url));
const AT_ONCE = 20;
/** V8 grows its heap as it sees fit; a leak of one object a probe is more than this after two minutes. */
const MOST_MORE_MIB = 40;

t.setTimeout((SECONDS + 120) * 1000);

const config = (round: number): string => `modules:
  web: {prober: http, timeout: 2s, http: {headers: {X-Round: "${round}"}}}
  body: {prober: http, timeout: 2s, http: {fail_if_body_not_matches_regexp: ["^round"]}}
  port: {prober: tcp, timeout: 1s}
  tls: {prober: tcp, timeout: 1s, tcp: {tls: true}}
  name: {prober: dns, timeout: 1s, dns: {query_name: example.com}}
  rpc: {prober: grpc, timeout: 1s}
  socket: {prober: websocket, timeout: 1s}
`;

interface Held {
  readonly files: number;
  readonly sockets: number;
  readonly mib: number;
  /** What Node itself counts, by type: timers, sockets, servers, threads, requests of files and names. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Loaded before the service: writes what Node has open, by type, when it is asked to by a signal. */
const COUNTER = `const { renameSync, writeFileSync } = require('node:fs');
const file = require('node:path').join(__dirname, 'resources.json');
process.on('SIGUSR2', () => {
  const counts = {};
  for (const type of process.getActiveResourcesInfo()) counts[type] = (counts[type] ?? 0) + 1;
  writeFileSync(file + '.new', JSON.stringify(counts));
  renameSync(file + '.new', file);
});
`;

async function resourcesOf(pid: number, folder: string): Promise<Readonly<Record<string, number>>> {
  const file = path.join(folder, 'resources.json');
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  while (!existsSync(file)) await sleep(20);
  // The counter above wrote it.
  return JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, number>>;
}

async function heldBy(pid: number, folder: string): Promise<Held> {
  const resources = await resourcesOf(pid, folder);
  const links = readdirSync(`/proc/${pid}/fd`).map((name) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      return '';
    }
  });
  const kib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  const sockets = links.filter((link) => link.startsWith('socket:')).length;
  return { files: links.length, sockets, mib: kib / 1024, resources };
}

const LOOKS = 10;
const LOOK_MS = 5000;

/** The same once it is at rest: idle threads of checks and connections end in their own time. */
async function heldAtRest(pid: number, folder: string): Promise<Held> {
  await sleep(LOOK_MS);
  let held = await heldBy(pid, folder);
  for (let look = 1; look < LOOKS; look++) {
    await sleep(LOOK_MS);
    const before = held;
    held = await heldBy(pid, folder);
    if (isDeepStrictEqual({ ...before, mib: 0 }, { ...held, mib: 0 })) break;
  }
  return held;
}

async function listening(server: net.Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

t.test('what the service holds returns to where it began', async (t) => {
  const folder = t.testdir({ 'b.yml': config(0), 'counter.cjs': COUNTER });
  const file = path.join(folder, 'b.yml');
  const service = await startChildService({
    command: process.execPath,
    args: [
      '--require',
      path.join(folder, 'counter.cjs'),
      SONDE,
      `--config.file=${file}`,
      '--web.listen-address=127.0.0.1:0',
      '--log.prober=error',
    ],
    ready: /Sonde is ready" addresses=(\S+)/,
    startSeconds: 60,
  });
  t.teardown(() => service.stop('SIGKILL'));
  const steady = createServer((_, response) => response.end('round and round'));
  const steadyPort = await listening(steady);
  const silent = net.createServer((socket) => socket.on('error', () => undefined).resume());
  const silentPort = await listening(silent);
  let leaving: Server = createServer((_, response) => response.end('here'));
  // One that nobody is given meanwhile, for its own end of a connection.
  const leavingPort = await listening(leaving, await deadPort());
  t.teardown(() => {
    for (const server of [steady, leaving]) server.closeAllConnections();
    for (const server of [steady, leaving, silent]) server.close();
  });
  const ports = [steadyPort, silentPort, leavingPort, 1];
  const modules = ['web', 'body', 'port', 'tls', 'name', 'rpc', 'socket'];
  const counts = { probes: 0, reloads: 0, scrapes: 0, left: 0, odd: 0 };

  const probeOn = async (until: number, number: number): Promise<void> => {
    for (let step = number; performance.now() < until; step++) {
      const [module = '', port = 0] = [modules[step % modules.length], ports[(step * 7 + number) % ports.length]];
      const target = ['web', 'body', 'socket'].includes(module)
        ? `${module === 'socket' ? 'ws' : 'http'}://127.0.0.1:${port}/${step % 50}`
        : `127.0.0.1:${port}`;
      if (PAUSE_MS > 0) await sleep(PAUSE_MS);
      const leave = new AbortController();
      if (step % 11 === 0) setTimeout(() => leave.abort(), 5);
      try {
        const query = `module=${module}&target=${encodeURIComponent(target)}`;
        const { status } = await httpGet(service.address, `/probe?${query}`, { signal: leave.signal });
        if (status !== 200) counts.odd++;
        counts.probes++;
      } catch {
        counts.left++;
      }
    }
  };
  const disturb = async (until: number): Promise<void> => {
    for (let round = 1; performance.now() < until; round++) {
      await sleep(500);
      if ((await httpGet(service.address, '/metrics')).status === 200) counts.scrapes++;
      if (round % 3 === 0) {
        writeFileSync(file, config(round));
        if ((await httpGet(service.address, '/-/reload', { method: 'POST' })).status === 200) counts.reloads++;
      }
      if (round % 4 !== 0) continue;
      leaving.closeAllConnections();
      leaving.close();
      await sleep(200);
      leaving = createServer((_, response) => response.end('here again'));
      await listening(leaving, leavingPort);
    }
  };
  const load = async (seconds: number): Promise<Held> => {
    const until = performance.now() + seconds * 1000;
    await Promise.all([disturb(until), ...Array.from({ length: AT_ONCE }, (_, number) => probeOn(until, number))]);
    return heldAtRest(service.pid, folder);
  };

  const before = await load(Math.min(20, SECONDS / 4));
  const after = await load(SECONDS);
  t.comment(JSON.stringify({ before, after, counts }));
  t.ok(
    (counts.probes > SECONDS || PAUSE_MS > 0) && counts.reloads > SECONDS / 20 && counts.left > 0,
    JSON.stringify(counts),
  );
  t.equal(counts.odd, 0);
  t.ok(Math.abs(after.sockets - before.sockets) <= 1, `sockets: ${before.sockets}, then ${after.sockets}`);
  t.ok(after.files <= before.files + 1, `files: ${before.files}, then ${after.files}`);
  const types = new Set([...Object.keys(before.resources), ...Object.keys(after.resources)]);
  for (const type of types) {
    const [began = 0, ended = 0] = [before.resources[type], after.resources[type]];
    t.ok(ended <= began + 1, `${type}: ${began}, then ${ended}`);
  }
  t.ok(after.mib < before.mib + MOST_MORE_MIB, `MiB: ${before.mib}, then ${after.mib}`);
  const { text } = await httpGet(service.address, '/metrics');
  t.match(text, /^sonde_probes_in_flight 0$/m);
  t.match(text, /^sonde_internal_errors_total 0$/m);
  t.equal(await service.stop(), 0, 'nothing keeps it from its end');
});
