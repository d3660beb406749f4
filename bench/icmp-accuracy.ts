// Asks for 500 ICMP probes of 127.0.0.1 at once, again and again, and prints the round trips that are reported. Over
// loopback the kernel answers while the request is being sent, within microseconds: whatever is reported beyond that is
// the error of the measurement, most of it the time that a reply lay in the socket while the program was busy with the
// other 499. Needs root, or a group in net.ipv4.ping_group_range.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { httpGet } from '../test/helpers/services/http-get.js';
import { type Program, startOurs, startPeer } from './program.js';

const AT_ONCE = 500;
const ROUNDS = 20;
/** Until the compiler is done. */
const WARM_UP_ROUNDS = 10;

const PATH = '/probe?module=icmp&target=127.0.0.1';
const HEADERS = { 'X-Prometheus-Scrape-Timeout-Seconds': '10' };

async function roundTripMs({ service }: Program): Promise<number> {
  const { text } = await httpGet(service.address, PATH, { headers: HEADERS });
  const [, seconds] = /^probe_icmp_duration_seconds\{phase="rtt"\} (\S+)$/m.exec(text) ?? [];
  if (seconds === undefined) throw new Error(`Cannot find the round trip in\n${text}`);
  return Number(seconds) * 1000;
}

async function measure(program: Program): Promise<string> {
  const all: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const burst = await Promise.all(Array.from({ length: AT_ONCE }, () => roundTripMs(program)));
    if (round >= 0) all.push(...burst);
  }
  all.sort((a, b) => a - b);
  const share = (part: number): string => (all[Math.ceil(part * all.length) - 1] ?? NaN).toFixed(4);
  return `${program.label}: median ${share(0.5)} ms, 99 % ${share(0.99)} ms, largest ${share(1)} ms of ${all.length}`;
}

const folder = mkdtempSync(join(os.tmpdir(), 'sonde-bench-'));
const configFile = join(folder, 'blackbox.yml');
writeFileSync(configFile, 'modules: { icmp: { prober: icmp } }');
try {
  for (const start of [() => startPeer(configFile), () => startOurs(configFile, process.argv[2] ?? process.execPath)]) {
    const program = await start();
    try {
      console.log(await measure(program));
    } finally {
      await program.service.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
