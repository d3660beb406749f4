// What each part of a TLS handshake costs, in one process and in paired rounds: `node dist/bench/handshake.js [ROUNDS
// HANDSHAKES [PART]]`. Loopback only.
import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { connectTcp } from '../src/net/connect.js';
import { passCertificates } from '../src/net/tls/certificate-gate.js';
import { HandshakeTap } from '../src/net/tls/handshake-tap.js';
import { PeerFlight } from '../src/net/tls/peer-flight.js';
import { PresentedChains } from '../src/net/tls/presented-chain.js';
import { compileTlsConfig } from '../src/net/tls/tls-client.js';
import { shakeHands } from '../src/net/tls/tls-handshake.js';
import { createContext, createTlsPlatform } from '../src/net/tls/tls-platform.js';
import { systemClock } from '../src/values/clock.js';
import { atOnce } from '../src/values/in-slices.js';
import type { RawTlsConfig } from '../src/values/raw-config.js';
import { ASKED } from '../test/helpers/services/asked.js';
import { makeIdentities } from '../test/interop/tls/identities.js';
import { startNginx } from './nginx.js';

const CONCURRENCY = 16;

/** A way to open a connection, with as much of our own around it as its name says. */
interface Part {
  readonly name: string;
  /** Resolves with what is to be destroyed. */
  readonly run: () => Promise<Socket>;
}

function partsOf(address: string, ca: string): readonly Part[] {
  const { hostname, port } = new URL(address);
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const connect = (): Promise<Socket> => connectTcp({ asked: ASKED, address: hostname, port: Number(port), signal });
  const context = createContext({ versions: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' } });
  const chains = new PresentedChains();
  const raw = {
    context,
    serverName: hostname,
    alpn: undefined,
    signal,
    clock: systemClock,
    chains,
    watchesRecords: false,
  };
  const shake = async () => shakeHands({ ...raw, socket: await connect() }, (_, error) => error);
  const platform = createTlsPlatform({ clock: systemClock });
  const client = compileTlsConfig({ ...NO_MATERIAL, ca }, platform);
  return [
    { name: 'connect', run: connect },
    { name: 'tls.connect', run: async () => bare(await connect(), context, () => undefined) },
    { name: '+ tap', run: async () => bare(await connect(), context, tap) },
    { name: '+ handshake', run: async () => (await shake()).socket },
    {
      name: '+ chain',
      run: async () => {
        const { socket, flight } = await shake();
        atOnce(chains.read(flight));
        return socket;
      },
    },
    {
      name: '+ verdict',
      run: async () => (await client.handshake(await connect(), { serverName: hostname, signal })).socket,
    },
  ];
}

const NO_MATERIAL: RawTlsConfig = {
  ...{ ca: '', ca_file: '', ca_ref: '', cert: '', cert_file: '', cert_ref: '', key: '', key_file: '', key_ref: '' },
  server_name: '',
  insecure_skip_verify: false,
};

function tap(socket: Socket, secured: tls.TLSSocket): () => void {
  const flight = new PeerFlight('server');
  const gate = passCertificates(flight, new PresentedChains());
  const made = new HandshakeTap(socket, secured, { flight, gate, onRefused: () => undefined });
  return () => {
    made.release();
  };
}

/** Node's own handshake, less the reading of certificates that it does for `checkServerIdentity`. */
function bare(
  socket: Socket,
  secureContext: tls.SecureContext,
  watch: (socket: Socket, secured: tls.TLSSocket) => (() => void) | undefined,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secured = tls.connect({ socket, secureContext, rejectUnauthorized: false });
    Object.assign(secured, { getPeerCertificate: () => ({}) });
    const release = watch(socket, secured);
    secured.once('error', reject);
    secured.once('secureConnect', () => {
      release?.();
      resolve(secured);
    });
  });
}

/** Microseconds of CPU, of all threads, that each run took. */
async function measure({ run }: Part, times: number): Promise<number> {
  const before = process.cpuUsage();
  let left = times;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const socket = await run();
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, one));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

const [rounds = 12, times = 400] = process.argv.slice(2, 4).map(Number);
const only = process.argv[4];
const folder = mkdtempSync(join(os.tmpdir(), 'sonde-handshake-'));
const identities = await makeIdentities();
const nginx = await startNginx(folder, identities.good);
try {
  const parts = partsOf(nginx.urls.https, identities.authority.cert).filter(
    ({ name }) => only === undefined || name === only,
  );
  const figures = new Map<Part, number[]>(parts.map((part) => [part, []]));
  // The first round is for V8's compiler.
  for (let round = 0; round <= rounds; round++) {
    for (const [part, taken] of figures) {
      const figure = await measure(part, round === 0 ? 4 * times : times);
      if (round > 0) taken.push(figure);
    }
  }
  console.log(`Node ${process.version}, ${rounds} rounds of ${times}, µs of CPU each`);
  for (const [{ name }, taken] of figures) {
    const sorted = [...taken].sort((a, b) => a - b);
    console.log(`${name.padEnd(14)} best ${show(sorted[0])}   median ${show(sorted[Math.floor(rounds / 2)])}`);
  }
} finally {
  await nginx.stop();
  rmSync(folder, { recursive: true });
}

function show(microseconds = 0): string {
  return microseconds.toFixed(0).padStart(5);
}
