import type { HostileRow } from '../hostile-row.js';
import { answerHttp } from '../tcp-target.js';

const MIB = 1024 * 1024;
const OK = 'HTTP/1.1 200 OK\r\n';

/** The number of units that nearly fill the largest head that is accepted. */
function fill(unit: string, bytes = MIB - 1024): string {
  return unit.repeat(Math.floor(bytes / unit.length));
}

function distinctNames(count: number): string {
  return Array.from({ length: count }, (_, index) => `a${index.toString(36)}:\n`).join('');
}

/** Different ones, as bytes: what ICU takes for a name grows with its square. */
function chinese(count: number): string {
  const text = Array.from({ length: count }, (_, index) => String.fromCharCode(0x4e00 + index)).join('');
  return Buffer.from(text).toString('latin1');
}

interface Head {
  readonly name: string;
  readonly head: () => string;
  /** Sent without end behind the head. */
  readonly endless?: string;
  readonly http?: Readonly<Record<string, unknown>>;
}

const HEADS: readonly Head[] = [
  { name: 'folded lines, 256 KiB', head: () => `${OK}A: b\r\n${fill(' a\n', 256 * 1024)}\r\n` },
  { name: 'folded lines, 1 MiB', head: () => `${OK}A: b\r\n${fill(' a\n')}\r\n` },
  { name: 'folded blanks, 1 MiB', head: () => `${OK}A: b\r\n${fill(` ${' '.repeat(998)}\n`)}\r\n` },
  { name: 'distinct names, 150,000', head: () => `${OK}${distinctNames(150_000)}\r\n` },
  { name: 'one name, 256,000 times', head: () => `${OK}${fill('a:\r\n')}\r\n` },
  { name: 'one field of 1 MiB', head: () => `${OK}A: ${fill('b')}\r\n\r\n` },
  { name: 'one name of 1 MiB', head: () => `${OK}${fill('a-')}: b\r\n\r\n` },
  { name: 'blanks in a name, 1 MiB', head: () => `${OK}${fill('a ')}: b\r\n\r\n` },
  { name: 'a malformed line of 1 MiB', head: () => `${OK}${fill('\x01')}\r\n\r\n` },
  { name: 'a status line of 1 MiB', head: () => `${fill('\x01')}\r\n\r\n` },
  { name: 'a status line of escapes', head: () => `HTTP/1.1 ${fill('"')}\r\n\r\n` },
  { name: 'an endless line', head: () => OK, endless: 'a' },
  { name: 'an endless head', head: () => OK, endless: 'a: b\r\n' },
  { name: 'endless folding', head: () => `${OK}a: b\r\n`, endless: ' a\n' },
  { name: 'endless interim answers', head: () => '', endless: 'HTTP/1.1 100 Continue\r\n\r\n' },
  { name: 'a Location of 1 MiB', head: () => `HTTP/1.1 302 Found\r\nLocation: ${fill('\x80')}\r\n\r\n` },
  { name: 'a Location of ../a/', head: () => `HTTP/1.1 302 Found\r\nLocation: /${fill('../a/')}\r\n\r\n` },
  { name: 'a Location of a/../', head: () => `HTTP/1.1 302 Found\r\nLocation: /${fill('a/../')}\r\n\r\n` },
  { name: 'a Location of @', head: () => `HTTP/1.1 302 Found\r\nLocation: http://${fill('@')}\r\n\r\n` },
  { name: 'a Location of :@', head: () => `HTTP/1.1 302 Found\r\nLocation: http://${fill(':@')}\r\n\r\n` },
  { name: 'a Location of %', head: () => `HTTP/1.1 302 Found\r\nLocation: http://${fill('%25')}/\r\n\r\n` },
  { name: 'a Location of #', head: () => `HTTP/1.1 302 Found\r\nLocation: ${fill('#')}\r\n\r\n` },
  {
    name: 'a Location of 20,000 Chinese characters',
    head: () => `HTTP/1.1 302 Found\r\nLocation: http://${chinese(20_000)}/\r\n\r\n`,
  },
  { name: 'a date of 1 MiB', head: () => `${OK}Last-Modified: Sun,${fill(' ')}x\r\n\r\n` },
  {
    name: 'many Set-Cookie',
    head: () =>
      `HTTP/1.1 302 Found\r\nLocation: /\r\n${Array.from({ length: 40_000 }, (_, index) => `Set-Cookie: a${index}=b\r\n`).join('')}\r\n`,
  },
  {
    name: 'a Set-Cookie of 1 MiB',
    head: () => `HTTP/1.1 302 Found\r\nLocation: /\r\nSet-Cookie: a=${fill('; a')}\r\n\r\n`,
  },
];

/** Everything within one head of HTTP/1.1. */
export const HTTP1_HEADS: readonly HostileRow[] = HEADS.map(({ name, head, endless, http = {} }) => ({
  kind: 'target',
  name: `head: ${name}`,
  group: 'http1-head',
  module: { prober: 'http', http: { preferred_ip_protocol: 'ip4', ...http } },
  start: () => answerHttp(Buffer.from(head(), 'latin1'), endless),
}));
