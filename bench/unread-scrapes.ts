// Has clients ask for a long page and take nothing of it, over HTTP/1.1 and over HTTP/2 with a window of 0, and prints
// the memory of the pushgateway and of the real one meanwhile, and how many are cut off. Loopback only.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { findPushgateway, NO_PUSHGATEWAY, startRealPushgateway, startSonde } from '../test/helpers/peer.js';
import type { ChildService } from '../test/helpers/services/child-service.js';
import { answerTo } from '../test/helpers/services/http-get.js';
import { sharedIdentities } from '../test/helpers/tls/certificates.js';
import { processUsage } from './process-usage.js';

const CLIENTS = 60;
const START_SECONDS = 120;
/** Two groups of as many series make a page of some 30 MB. */
const SERIES = 240_000;
const GROUPS = 2;
const LOOKED_AT_SECONDS = [5, 15, 25, 40] as const;
const LOCAL = { host: '127.0.0.1', rejectUnauthorized: false } as const;

interface Client {
  readonly isGone: () => boolean;
  readonly close: () => void;
}

/**
 * Takes what fills the buffers of the sockets, and sees that the connection is gone when it is asked to write to it.
 */
function overHttp1(port: number): Client {
  let isGone = false;
  const socket = tls.connect({ ...LOCAL, port }, () => {
    socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.pause();
  });
  socket.on('error', () => (isGone = true));
  socket.on('close', () => (isGone = true));
  return {
    isGone: () => {
      socket.write('\r\n');
      return isGone;
    },
    close: () => socket.destroy(),
  };
}

function overHttp2(port: number): Client {
  let isGone = false;
  const session = http2.connect(`https://127.0.0.1:${port}`, { ...LOCAL, settings: { initialWindowSize: 0 } });
  const stream = session.request({ ':path': '/metrics' });
  for (const each of [session, stream]) {
    each.on('error', () => (isGone = true));
    each.on('close', () => (isGone = true));
  }
  return {
    isGone: () => isGone,
    close: () => {
      session.destroy();
    },
  };
}

async function fill(port: number): Promise<void> {
  for (let group = 0; group < GROUPS; group++) {
    const lines = Array.from({ length: SERIES }, (_none, nth) => `m{n="${nth}",path="/a/${nth % 100}"} ${nth}\n`);
    const options = { ...LOCAL, port, path: `/metrics/job/j/instance/${group}`, method: 'PUT' };
    const { status, text } = await answerTo(https.request(options), lines.join(''));
    if (status !== 200) throw new Error(`Cannot push: ${status} ${text}`);
  }
}

const VERSIONS = [
  ['HTTP/1.1', overHttp1],
  ['HTTP/2, window 0', overHttp2],
] as const;

async function benchProgram(label: string, start: () => Promise<ChildService>): Promise<void> {
  for (const [version, open] of VERSIONS) {
    const service = await start();
    try {
      const port = Number(service.address.split(':').at(-1));
      await fill(port);
      const cells = [residentMib(service)];
      const clients = Array.from({ length: CLIENTS }, () => open(port));
      const startedAt = performance.now();
      for (const seconds of LOOKED_AT_SECONDS) {
        await sleep(Math.max(0, startedAt + seconds * 1000 - performance.now()));
        cells.push(residentMib(service));
      }
      // The first write to a connection that is gone is answered with a reset, the second one fails.
      for (let count = 0; count < 2; count++) {
        for (const client of clients) client.isGone();
        await sleep(1000);
      }
      const gone = clients.filter((client) => client.isGone()).length;
      console.log(`| ${[label, version, ...cells, `${gone} of ${CLIENTS}`].join(' | ')} |`);
      for (const client of clients) client.close();
    } finally {
      await service.stop('SIGKILL');
    }
  }
}

function residentMib({ pid }: ChildService): string {
  return processUsage(pid).residentMib.toFixed(0);
}

async function main(): Promise<void> {
  const peer = findPushgateway();
  if (peer === undefined) throw new Error(NO_PUSHGATEWAY);
  const folder = mkdtempSync(join(os.tmpdir(), 'sonde-unread-'));
  const { localhost } = await sharedIdentities();
  const webConfig = join(folder, 'web.yml');
  writeFileSync(join(folder, 'cert.pem'), localhost.cert);
  writeFileSync(join(folder, 'key.pem'), localhost.key);
  writeFileSync(webConfig, 'tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n');
  const args = [`--web.config.file=${webConfig}`];
  const seconds = LOOKED_AT_SECONDS.map((each) => `after ${each} s`);
  console.log(
    `| program | clients | stored | ${seconds.join(' | ')} | cut off |\n|${'---|'.repeat(seconds.length + 4)}`,
  );
  try {
    await benchProgram('Sonde', () => startSonde(args, { command: 'pushgateway', startSeconds: START_SECONDS }));
    await benchProgram(`Pushgateway ${peer.version}`, () => startRealPushgateway(peer, args));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
