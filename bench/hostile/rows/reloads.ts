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

/** Each loads what only its expression needs, if none did before. */
const CEL = (index: number): string => `{prober: http, http: {fail_if_body_json_matches_cel: "body.a == ${index}"}}`;

const LARGE = 'c?'.repeat(4000);

/** Where a pattern is compiled by whoever loads the module, if nobody cares. */
const PATTERNS = (index: number): string =>
  index % 2 === 0
    ? `{prober: dns, dns: {query_name: a, validate_answer_rrs: {fail_if_matches_regexp: ["${index}${LARGE}"]}}}`
    : `{prober: tcp, tcp: {query_response: [{expect: "(?P<n>${index})${LARGE}", labels: [{name: a, value: "\${n}"}]}]}}`;

/** Large files, and large files full of mistakes. */
const FILES: Readonly<Record<string, () => string>> = {
  'the first CEL expressions': () => modules(20, CEL),
  'large patterns': () => modules(20, PATTERNS),
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
