// Measures what a start costs: CPU time until a service says that it listens, and what it holds two seconds later,
// idle. `node dist/bench/start.js [--rounds 5] [--node PATH]...`, beside the real blackbox_exporter and a Node that
// does nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findBlackboxExporter, REPOSITORY } from '../test/helpers/peer.js';
import { processUsage } from './process-usage.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
});

interface Row {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** CPU time of all threads in milliseconds, finer than that of processUsage. */
function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((id) =>
    Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}

async function saysThatItListens(child: ChildProcess): Promise<void> {
  let said = '';
  for await (const chunk of child.stderr ?? []) {
    said += String(chunk);
    if (/listening/i.test(said)) return;
  }
  throw new Error(`it ended before it listened: ${said}`);
}

async function measure({
  command: [program, ...args],
}: Row): Promise<readonly [cpu: number, warm: number, mib: number]> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const { pid = 0 } = child;
  try {
    await saysThatItListens(child);
    const cpu = cpuMs(pid);
    await sleep(2000);
    return [cpu, cpuMs(pid), processUsage(pid).residentMib];
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

const folder = mkdtempSync(path.join(os.tmpdir(), 'sonde-start-'));
try {
  const config = path.join(folder, 'b.yml');
  writeFileSync(config, 'modules:\n  http_2xx: {prober: http}\n');
  const flags = [`--config.file=${config}`, '--web.listen-address=127.0.0.1:0'];
  const sonde = path.join(REPOSITORY, 'bin/sonde');
  const peer = findBlackboxExporter();
  const rows: readonly Row[] = [
    ...(peer === undefined
      ? []
      : [{ name: `blackbox_exporter ${peer.version}`, command: [peer.path, ...flags] } as const]),
    ...values.node.flatMap((node): readonly Row[] => [
      { name: `${node}, nothing`, command: [node, '-e', 'console.error("listening"); setInterval(() => 0, 1000)'] },
      { name: `${node}, Sonde`, command: [node, sonde, ...flags] },
    ]),
  ];
  // The first start of a build keeps what V8 has compiled, for the others.
  for (const row of rows) await measure(row);
  for (const row of rows) {
    const rounds: (readonly number[])[] = [];
    for (let round = 0; round < Number(values.rounds); round++) rounds.push(await measure(row));
    const [cpu = 0, warm = 0, mib = 0] = [0, 1, 2].map((index) => median(rounds.map((each) => each[index] ?? NaN)));
    console.log(
      `${row.name}: ${cpu.toFixed(0)} ms CPU until it listens, ${warm.toFixed(0)} warm, ${mib.toFixed(1)} MiB idle`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
