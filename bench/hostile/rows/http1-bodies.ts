import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { HostileRow } from '../hostile-row.js';
import { answerHttp } from '../tcp-target.js';

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const PLAIN = 'HTTP/1.1 200 OK\r\n\r\n';
const NOTHING = Buffer.alloc(16 * 1024 * 1024);

interface Body {
  readonly name: string;
  readonly head: () => string | Buffer;
  /** Sent without end behind it. */
  readonly endless?: () => string | Buffer;
  readonly http?: Readonly<Record<string, unknown>>;
}

const HOLD = { fail_if_body_matches_regexp: ['y'] };

const BODIES: readonly Body[] = [
  { name: 'tiny chunks', head: () => CHUNKED, endless: () => '1\r\nx\r\n' },
  { name: 'tiny chunks, held', head: () => CHUNKED, endless: () => '1\r\nx\r\n', http: HOLD },
  { name: 'chunk extensions', head: () => CHUNKED, endless: () => `1;${'a'.repeat(4000)}\r\nx\r\n` },
  { name: 'endless trailers', head: () => `${CHUNKED}0\r\n`, endless: () => 'a: b\r\n' },
  { name: 'endless body', head: () => PLAIN, endless: () => 'x' },
  { name: 'gzip of nothing, endless', head: () => PLAIN, endless: () => gzipSync(''), http: { compression: 'gzip' } },
  { name: 'gzip bomb', head: () => PLAIN, endless: () => gzipSync(NOTHING), http: { compression: 'gzip' } },
  {
    name: 'brotli bomb',
    head: () => Buffer.concat([Buffer.from(PLAIN), brotliCompressSync(Buffer.alloc(256 * 1024 * 1024))]),
    http: { compression: 'br' },
  },
];

/** Bodies whose framing or compression costs more than their bytes. */
export const HTTP1_BODIES: readonly HostileRow[] = BODIES.map(({ name, head, endless, http = {} }) => ({
  kind: 'target',
  name: `body: ${name}`,
  group: 'http1-body',
  module: { prober: 'http', http: { preferred_ip_protocol: 'ip4', ...http } },
  start: () => answerHttp(head(), endless?.()),
}));
