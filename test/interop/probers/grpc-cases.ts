import type { HealthScript } from '../../helpers/servers/grpc-server.js';
import { data, goAway, headers, resetStream, settings } from '../../helpers/servers/http2-frames.js';
import type { IdentityName } from '../tls/identities.js';
import type { GrpcDifferenceId } from './grpc-differences.js';

/** The server of a case: one of @grpc/grpc-js, or one that answers the first bytes of each connection with these. */
export type GrpcOrigin =
  | {
      readonly kind: 'grpc';
      readonly script?: HealthScript;
      readonly identity?: IdentityName;
      readonly clientCertificate?: 'demanded';
      readonly host?: string;
    }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly then: 'close' | 'wait' };

/**
 * One probe that both programs are asked for. `@0` in the target is the port of the server, `@dead` one that nothing
 * listens at.
 */
export interface GrpcCase {
  readonly name: string;
  /** The block of the module; `none` for a module without one. */
  readonly grpc?: Readonly<Record<string, unknown>> | 'none';
  /** `127.0.0.1:@0` where absent. */
  readonly target?: string;
  readonly origin?: GrpcOrigin;
  readonly differs?: readonly GrpcDifferenceId[];
}

const HEAD = headers({ ':status': '200', 'content-type': 'application/grpc' }, 'more');
const SERVING = Buffer.of(0, 0, 0, 0, 2, 8, 1);
const OK = headers({ 'grpc-status': '0' }, 'end');

function bytes(...frames: readonly Uint8Array[]): { readonly origin: GrpcOrigin } {
  return { origin: { kind: 'bytes', bytes: Buffer.concat([settings, ...frames]), then: 'wait' } };
}

function closing(text: string): { readonly origin: GrpcOrigin } {
  return { origin: { kind: 'bytes', bytes: Buffer.from(text), then: 'close' } };
}

function says(script: HealthScript): { readonly origin: GrpcOrigin } {
  return { origin: { kind: 'grpc', script } };
}

const fails = (code: number): { readonly origin: GrpcOrigin } => says(() => ({ code, details: 'no' }));

function http(status: string, contentType?: string): { readonly origin: GrpcOrigin } {
  const type = contentType === undefined ? undefined : { 'content-type': contentType };
  return bytes(headers({ ':status': status, ...type }, 'end'));
}

function over(identity: IdentityName, tlsConfig: Readonly<Record<string, unknown>> = {}) {
  const grpc = { tls: true, tls_config: { ca_file: 'ca.pem', ...tlsConfig } };
  return { grpc, origin: { kind: 'grpc', identity } } as const;
}

const UNVERIFIED = ['certificate_of_failed_verification'] as const;

const SERVICE_CASES: readonly GrpcCase[] = [
  { name: 'serving' },
  { name: 'serving, no grpc block', grpc: 'none', differs: ['fallback'] },
  { name: 'a service', grpc: { service: 'a.B' } },
  { name: 'unknown', ...says(() => ({ serving: 0 })) },
  { name: 'not serving', ...says(() => ({ serving: 2 })) },
  { name: 'service unknown', ...says(() => ({ serving: 3 })) },
  { name: 'a serving status without name', ...says(() => ({ serving: 42 })) },
  ...[1, 4, 5, 7, 12, 13, 14, 16].map((code) => ({ name: `status ${code}`, ...fails(code) })),
  { name: 'metadata', grpc: { metadata: { 'x-a': ['1', '2'], 'b-bin': ['é'] } } },
  { name: 'metadata in upper case', grpc: { metadata: { Authorization: ['x'] } } },
  {
    name: 'metadata with reserved names',
    grpc: { metadata: { 'grpc-timeout': ['1S'], te: ['x'], 'user-agent': ['y'] } },
  },
  { name: 'metadata with a line feed', grpc: { metadata: { a: ['x\ny'] } } },
];

const TARGET_CASES: readonly GrpcCase[] = [
  { name: 'scheme and path', target: 'http://127.0.0.1:@0/path?q' },
  { name: 'https says nothing about TLS', target: 'https://127.0.0.1:@0' },
  { name: 'user information', target: 'user:secret@127.0.0.1:@0' },
  { name: 'a name', target: 'localhost:@0', grpc: { preferred_ip_protocol: 'ip4' } },
  { name: 'nothing listens', target: '127.0.0.1:@dead' },
  { name: 'IPv6', target: '[::1]:@0', origin: { kind: 'grpc', host: '::1' }, differs: ['ipv6_literals'] },
  { name: 'wrong family', target: '127.0.0.1:@0', grpc: { preferred_ip_protocol: 'ip6', ip_protocol_fallback: false } },
  { name: 'no such name', target: 'nope.invalid:1' },
];

const TRANSPORT_CASES: readonly GrpcCase[] = [
  { name: 'by hand', ...bytes(HEAD, data(SERVING), OK) },
  { name: 'HTTP/1.1', ...closing('HTTP/1.1 400 Bad Request\r\n\r\n') },
  { name: 'SSH', ...closing('SSH-2.0-OpenSSH_9.2\r\n') },
  { name: 'closed at once', ...closing('') },
  // Not 7 (REFUSED_STREAM): grpc-go tries again, and has no deadline.
  ...[1, 2, 3, 8, 11, 12, 13].map((code) => ({ name: `RST_STREAM ${code}`, ...bytes(HEAD, resetStream(code)) })),
  { name: 'GOAWAY', ...bytes(goAway(11)) },
  { name: 'no trailers', ...bytes(HEAD, data(SERVING, 'end')) },
  { name: 'no message', ...bytes(HEAD, OK) },
  { name: 'two messages', ...bytes(HEAD, data(SERVING), data(SERVING), OK) },
  { name: 'half a message', ...bytes(HEAD, data(SERVING.subarray(0, 6)), OK) },
  { name: 'no protobuf', ...bytes(HEAD, data(Buffer.of(0, 0, 0, 0, 1, 8)), OK) },
  { name: 'compressed without saying how', ...bytes(HEAD, data(Buffer.of(1, 0, 0, 0, 1, 8)), OK) },
  { name: 'a head that ends all', ...http('200', 'application/grpc') },
  { name: 'trailers without status', ...bytes(HEAD, data(SERVING), headers({ 'x-a': 'b' }, 'end')) },
  { name: 'a status that is no number', ...bytes(HEAD, headers({ 'grpc-status': 'x' }, 'end')) },
  { name: 'a status of the future', ...bytes(HEAD, headers({ 'grpc-status': '99' }, 'end')) },
  ...['400', '401', '403', '404', '418', '429', '500', '502', '503', '504'].map((status) => ({
    name: `HTTP ${status}`,
    ...http(status, 'text/plain'),
  })),
  ...[
    'application/GRPC',
    'Application/grpc',
    'application/grpc;charset=x',
    'application/grpcx',
    'application/grpc+',
  ].map((type) => ({
    name: `content type ${type}`,
    ...bytes(headers({ ':status': '200', 'content-type': type }, 'more'), data(SERVING), OK),
  })),
  ...['AQ', 'AQ==', 'A', 'AQ=', 'A*==', '', '=', 'AQI=', 'AR'].map((value) => ({
    name: `a binary trailer "${value}"`,
    ...bytes(HEAD, data(SERVING), headers({ 'grpc-status': '0', 'x-a-bin': value }, 'end')),
  })),
  {
    name: 'a binary header that is no Base64',
    ...bytes(
      headers({ ':status': '200', 'content-type': 'application/grpc', 'x-a-bin': '*' }, 'more'),
      data(SERVING),
      OK,
    ),
  },
  // google.rpc.Status: code 5 and 7 with a message, 0, one that is cut off.
  ...(
    [
      ['0', 'CAUSAW4'],
      ['5', 'CAUSAW4'],
      ['7', 'CAUSAW4'],
      ['0', ''],
      ['5', ''],
      ['5', 'CAUSBW4'],
      ['0', 'EgFu'],
    ] as const
  ).map(([status, details]) => ({
    name: `status ${status} with details "${details}"`,
    ...bytes(
      HEAD,
      data(SERVING),
      headers({ 'grpc-status': status, 'grpc-message': 'm', 'grpc-status-details-bin': details }, 'end'),
    ),
  })),
  { name: 'HTTP 200', ...http('200', 'text/html') },
  { name: 'HTTP 200 without content type', ...http('200') },
  { name: 'HTTP 503 as gRPC', ...http('503', 'application/grpc') },
  {
    name: 'HTTP 503 as gRPC, and serving',
    ...bytes(headers({ ':status': '503', 'content-type': 'application/grpc' }, 'more'), data(SERVING), OK),
  },
  { name: 'HTTP 404 with a status of gRPC', ...bytes(headers({ ':status': '404', 'grpc-status': '7' }, 'end')) },
  {
    name: 'HTTP 200 as text with a status of gRPC',
    ...bytes(headers({ ':status': '200', 'content-type': 'text/plain', 'grpc-status': '7' }, 'end')),
  },
];

const TLS_CASES: readonly GrpcCase[] = [
  { name: 'TLS', ...over('good') },
  { name: 'TLS by another name', ...over('wrongName', { server_name: 'elsewhere.example' }) },
  { name: 'TLS, nothing verified', ...over('expired', { insecure_skip_verify: true }) },
  { name: 'TLS, expired', ...over('expired'), differs: UNVERIFIED },
  { name: 'TLS, wrong name', ...over('wrongName'), differs: UNVERIFIED },
  { name: 'TLS, unknown authority', ...over('unknown'), differs: UNVERIFIED },
  {
    name: 'TLS, permission denied',
    ...over('good'),
    origin: { kind: 'grpc', identity: 'good', script: () => ({ code: 7, details: 'no' }) },
    differs: ['ssl_of_refused'],
  },
  {
    name: 'TLS, client certificate',
    ...over('unknown', { insecure_skip_verify: true, cert_file: 'client.pem', key_file: 'client.key' }),
    origin: { kind: 'grpc', identity: 'unknown', clientCertificate: 'demanded' },
  },
  {
    name: 'TLS, no client certificate',
    ...over('unknown', { insecure_skip_verify: true }),
    origin: { kind: 'grpc', identity: 'unknown', clientCertificate: 'demanded' },
    differs: UNVERIFIED,
  },
  { name: 'TLS, no TLS there', ...over('good'), origin: { kind: 'grpc' } },
  { name: 'TLS where none is asked for', origin: { kind: 'grpc', identity: 'good' } },
  { name: 'authority missing', ...over('good', { ca_file: 'nope.pem' }) },
  { name: 'authority missing, no TLS', grpc: { tls_config: { ca_file: 'nope.pem' } } },
];

export const GRPC_CASES: readonly GrpcCase[] = [...SERVICE_CASES, ...TARGET_CASES, ...TRANSPORT_CASES, ...TLS_CASES];
