import { rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { httpGet } from '../../../test/helpers/services/http-get.js';
import type { ClientRow } from '../hostile-row.js';

/** Beside the configuration of the other rows; there is no such file until a row writes it. */
const FILE = join(os.tmpdir(), `sonde-hostile-reload-${process.pid}.yml`);

function modules(count: number, module: (index: number) => string): string {
  return `modules:\n${Array.from({ length: count }, (_none, index) => `  m${index}: ${module(index)}\n`).join('')}`;
}

const HTTP = (index: number): string =>
  `{prober: http, timeout: 5s, http: {method: GET, fail_if_body_matches_regexp: ["error ${index}"], headers: {a: b${index}}}}`;

const MIB = 1024 * 1024;

/** Large files, and large files full of mistakes. */
const FILES: Readonly<Record<string, () => string>> = {
  '10,000 modules': () => modules(10_000, HTTP),
  '40,000 modules': () => modules(40_000, () => '{prober: icmp, icmp: {ttl: 5}}'),
  '10,000 modules with a mistake each': () => modules(10_000, (index) => `{prober: http, htpp${index}: {}}`),
  'a list of a million items': () => `modules: {m: {prober: http, http: {valid_status_codes: [${'1,'.repeat(MIB)}]}}}`,
  'half a MiB of keys': () => Array.from({ length: 40_000 }, (_none, index) => `k${100_000 + index}:\n`).join(''),
  'a MiB of line breaks': () => `modules: {m: {prober: tcp}}${'\n'.repeat(MIB)}`,
  'a MiB of an open quote': () => `modules: "${'a: [b]\n'.repeat(MIB / 7)}`,
};

let reloads = 0;

/** What operators reload: eight at once, each of them another file. */
export const RELOADS: readonly ClientRow[] = Object.entries(FILES).map(([name, text]) => ({
  kind: 'client',
  name: `reload: ${name}`,
  group: 'reload',
  service: 'prober',
  args: [`--config.file=${FILE}*`],
  withoutPeer: 'reads one file',
  attack: async (address) => {
    if (reloads === 0) process.once('exit', () => rmSync(FILE, { force: true }));
    writeFileSync(FILE, `# ${++reloads}\n${text()}`);
    return String((await httpGet(address, '/-/reload', { method: 'POST' })).status);
  },
}));
