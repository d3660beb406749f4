import type { DifferenceId } from '../expected-differences.js';
import type { IdentityName } from '../tls/identities.js';
import { answer, HELLO, type HttpCase, type OriginSpec } from './http-cases.js';

const HTTPS = 'https://127.0.0.1:@0/';
const TRUST = { tls_config: { ca_file: 'ca.pem' } };
const NO_CHECK = { tls_config: { insecure_skip_verify: true } };

interface Wish extends Partial<HttpCase> {
  readonly identity?: IdentityName;
  readonly server?: Partial<OriginSpec>;
}

function over(name: string, { identity = 'good', server = {}, ...rest }: Wish = {}): HttpCase {
  return { name: `TLS: ${name}`, target: HTTPS, http: TRUST, origins: [{ ...HELLO, identity, ...server }], ...rest };
}

function config(options: Readonly<Record<string, unknown>>): { readonly http: Readonly<Record<string, unknown>> } {
  return { http: { tls_config: { ca_file: 'ca.pem', ...options } } };
}

const SHOWN: readonly DifferenceId[] = ['certificate_of_failed_verification'];
const DEMANDS = { clientCertificate: 'demanded' } as const;
const CLIENT = { cert_file: 'client.pem', key_file: 'client.key' };
const H2 = { http2: { body: 'over two', headers: { 'x-served': 'h2', 'content-length': '8' } } };

/** Certificates, versions, names, and HTTP/2 that is negotiated within. */
export const TLS_CASES: readonly HttpCase[] = [
  over('verified'),
  over('verified, by name', { target: 'https://localhost:@0/' }),
  over('an authority nobody knows', { identity: 'unknown', differs: SHOWN }),
  over('no authority given', { http: {}, differs: SHOWN }),
  over('expired', { identity: 'expired', differs: SHOWN }),
  over('not yet valid', { identity: 'future', differs: SHOWN }),
  over('for another name', { identity: 'wrongName', differs: SHOWN }),
  over('self-signed', { identity: 'selfSigned', differs: SHOWN }),
  over('not checked', { http: NO_CHECK, differs: ['no_year_one'] }),
  over('expired, not checked', { identity: 'expired', http: NO_CHECK, differs: ['no_year_one'] }),
  over('for another name, not checked', { identity: 'wrongName', http: NO_CHECK, differs: ['no_year_one'] }),
  over('verified although not checked', {
    http: { tls_config: { ca_file: 'ca.pem', insecure_skip_verify: true } },
    differs: ['no_year_one'],
  }),
  over('server_name that fits', { identity: 'wrongName', ...config({ server_name: 'elsewhere.example' }) }),
  over('server_name that does not fit', { ...config({ server_name: 'elsewhere.example' }), differs: SHOWN }),
  over('server_name and a wildcard', config({ server_name: 'a.sonde.example' })),
  over('server_name below a wildcard', { ...config({ server_name: 'a.b.sonde.example' }), differs: SHOWN }),
  over('a Host header is the name', {
    identity: 'wrongName',
    http: { ...TRUST, headers: { Host: 'elsewhere.example' } },
  }),
  over('a Host header with a port', {
    identity: 'wrongName',
    http: { ...TRUST, headers: { Host: 'elsewhere.example:443' } },
    differs: ['host_header_with_port'],
  }),
  over('the hostname parameter is the name', { identity: 'wrongName', params: { hostname: 'elsewhere.example' } }),
  over('a CA file that does not exist', { http: { tls_config: { ca_file: 'missing.pem' } } }),
  over('a CA file without a certificate', { http: { tls_config: { ca_file: 'garbage.pem' } } }),
  over('a client key that does not exist', config({ cert_file: 'client.pem', key_file: 'missing.key' })),
  over('a client key of another certificate', config({ cert_file: 'client.pem', key_file: 'foreign.key' })),
  over('minimum above maximum', config({ min_version: 'TLS13', max_version: 'TLS12' })),
  over('at most 1.2', config({ max_version: 'TLS12' })),
  over('at least 1.3', config({ min_version: 'TLS13' })),
  over('a server of 1.2', { server: { tlsVersions: { maxVersion: 'TLSv1.2' } } }),
  over('a server of 1.2, wanted 1.3', {
    ...config({ min_version: 'TLS13' }),
    server: { tlsVersions: { maxVersion: 'TLSv1.2' } },
  }),
  over('a server of 1.3, wanted 1.2', {
    ...config({ max_version: 'TLS12' }),
    server: { tlsVersions: { minVersion: 'TLSv1.3' } },
  }),
  over('client certificate given', { ...config(CLIENT), server: DEMANDS }),
  over('client certificate given, TLS 1.2', { ...config({ ...CLIENT, max_version: 'TLS12' }), server: DEMANDS }),
  over('client certificate missing', { server: DEMANDS, differs: SHOWN }),
  over('client certificate missing, TLS 1.2', { ...config({ max_version: 'TLS12' }), server: DEMANDS, differs: SHOWN }),
  over('client certificate of a foreign authority', {
    ...config({ cert_file: 'foreign.pem', key_file: 'foreign.key' }),
    server: DEMANDS,
    differs: SHOWN,
  }),
  over('a server that speaks none', { identity: undefined as never, origins: [HELLO] }),
  over('a server that closes at once', { origins: [{ options: { onConnect: (socket) => socket.destroy() } }] }),
  over('a server that stalls the handshake', {
    origins: [{ options: { onConnect: () => undefined } }],
    scrapeTimeoutSeconds: 1,
  }),
  over('a server that answers the handshake with garbage', {
    origins: [{ options: { onConnect: (socket) => socket.write('garbage garbage\r\n\r\n') } }],
  }),
  over('nothing listens', { target: 'https://127.0.0.1:@dead/' }),
  { name: 'TLS: http to a TLS port', target: 'http://127.0.0.1:@0/', origins: [{ ...HELLO, identity: 'good' }] },
  over('fail_if_ssl', { http: { ...TRUST, fail_if_ssl: true } }),
  over('fail_if_not_ssl', { http: { ...TRUST, fail_if_not_ssl: true } }),
  { name: 'TLS: fail_if_ssl without', http: { fail_if_ssl: true } },
  { name: 'TLS: fail_if_not_ssl without', http: { fail_if_not_ssl: true } },
  {
    name: 'TLS: fail_if_not_ssl after a bad status',
    http: { fail_if_not_ssl: true },
    origins: [{ reply: answer('500 Oops') }],
  },
  over('a bad status', { server: { reply: answer('500 Oops', 'x') } }),
  over('an answer that is cut', { server: { reply: 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello' } }),
  over('HTTP/2', { server: H2 }),
  over('HTTP/2, wanted', { http: { ...TRUST, valid_http_versions: ['HTTP/2.0'] }, server: H2 }),
  over('HTTP/2, wanted 1.1', { http: { ...TRUST, valid_http_versions: ['HTTP/1.1'] }, server: H2 }),
  over('HTTP/2 switched off', { http: { ...TRUST, enable_http2: false }, server: H2 }),
  over('HTTP/2 with a header and a body to match', {
    http: {
      ...TRUST,
      fail_if_header_not_matches: [{ header: 'X-Served', regexp: '^h2$' }],
      fail_if_body_not_matches_regexp: ['two'],
    },
    server: H2,
  }),
  over('HTTP/2 without a length', { server: { http2: { body: 'x' } } }),
  over('HTTP/2, HEAD', { http: { ...TRUST, method: 'HEAD' }, server: H2 }),
  over('HTTP/2, POST with a body', { http: { ...TRUST, method: 'POST', body: 'a=1' }, server: H2 }),
  over('HTTP/2, headers', { http: { ...TRUST, headers: { 'X-Own': '1', Host: 'localhost' } }, server: H2 }),
  over('HTTP/2, status 404', { server: { http2: { status: 404, body: 'none' } } }),
  over('HTTP/2, refused redirect', {
    http: { ...TRUST, follow_redirects: false },
    server: { http2: { status: 302, headers: { location: '/x' } } },
  }),
];
