// Starts each kind of service once, for a moment, on a port that nobody knows, so that what V8 compiles for it is kept
// in dist/code-cache (bin/load.js): for installations whose services may not write there. Without it, or for another
// Node, a start takes some 0.1 s more. Does nothing in a checkout that is not built. Never fails: nothing depends on
// it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './build-inputs.mjs';

const LONGEST_MS = 5000;
const ANY_PORT = '127.0.0.1:0';

const kept = () => (existsSync(join(root, 'dist/code-cache')) ? readdirSync(join(root, 'dist/code-cache')) : []);

/** Starts a service, and ends it once it has kept the code of that entry of the bundle, or after five seconds. */
async function runOnce(args, entry = 'main') {
  const before = new Set(kept());
  const child = spawn(process.execPath, [join(root, 'bin/sonde'), ...args], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve).on('error', resolve));
  const until = performance.now() + LONGEST_MS;
  const isKept = () =>
    kept().some((name) => name.startsWith(`${entry}-`) && !name.endsWith('.tmp') && !before.has(name));
  while (performance.now() < until && !isKept()) await Promise.race([sleep(50), ended]);
  child.kill('SIGTERM');
  await ended;
}

async function fill(folder) {
  const config = join(folder, 'modules.yml');
  writeFileSync(
    config,
    'modules:\n  http: {prober: http}\n  tcp: {prober: tcp}\n  dns: {prober: dns, dns: {query_name: a.example}}\n',
  );
  const web = `--web.listen-address=${ANY_PORT}`;
  const prober = [`--config.file=${config}`, web];
  await runOnce(prober);
  await runOnce([...prober, '--workers=2'], 'probe-worker-start');
  await runOnce(['all', ...prober, `--pushgateway.listen-address=${ANY_PORT}`, `--node.listen-address=${ANY_PORT}`]);
  await runOnce(['pushgateway', web]);
  await runOnce(['node', web]);
}

if (existsSync(join(root, 'dist/bundle/main.code.js'))) {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-'));
  try {
    await fill(folder);
  } catch (error) {
    console.error(`What is compiled is not kept: ${error.message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
