import { CONNECTION_FIELDS } from '../../net/http2/connection-fields.js';
import { noteHeader, type SecretUser } from '../../probe/used-secrets.js';
import { goQuote } from '../../values/go/go-quote.js';
import { setOwnValue } from '../../values/own-value.js';
import { trimEndOf } from '../../values/trim-character.js';

/** Metadata as it is sent, or why it can never be sent. */
export type GrpcMetadata =
  { readonly headers: Readonly<Record<string, string | readonly string[]>> } | { readonly problem: string };

/** gRPC's own headers. Like grpc-go, this leaves out metadata with these names. */
const RESERVED: ReadonlySet<string> = new Set([
  'content-type',
  'user-agent',
  'grpc-message-type',
  'grpc-encoding',
  'grpc-message',
  'grpc-status',
  'grpc-timeout',
  'te',
]);

/** Compiles `metadata`. Values of names that end in `-bin` are sent as base64. Problems have grpc-go's texts. */
export function compileGrpcMetadata(raw: Readonly<Record<string, readonly string[]>>): GrpcMetadata {
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, values] of Object.entries(raw)) {
    if (name.startsWith(':') || values.length === 0) continue;
    const problem = problemOf(name, values);
    if (problem !== undefined) return { problem };
    if (RESERVED.has(name)) continue;
    if (CONNECTION_FIELDS.has(name)) return { problem: `header key ${goQuote(name)} is one of HTTP/1 connections` };
    const encoded = name.endsWith('-bin') ? values.map(toBase64) : values;
    const [only = ''] = encoded;
    setOwnValue(headers, name, encoded.length === 1 ? only : encoded);
  }
  return { headers };
}

/** Records what a server is sent that may be credentials, by its names; what is sent as base64 in plain text, too. */
export function noteMetadata(metadata: GrpcMetadata, secrets: SecretUser['secrets']): void {
  if ('problem' in metadata) return;
  for (const [name, values] of Object.entries(metadata.headers)) {
    for (const value of typeof values === 'string' ? [values] : values) {
      noteHeader(name, value, secrets);
      if (name.endsWith('-bin')) noteHeader(name, Buffer.from(value, 'base64').toString(), secrets);
    }
  }
}

function problemOf(name: string, values: readonly string[]): string | undefined {
  if (name === '') return 'there is an empty key in the header';
  if (!/^[0-9a-z\-_.]+$/.test(name))
    return `header key ${goQuote(name)} contains illegal characters not in [0-9a-z-_.]`;
  if (name.endsWith('-bin') || values.every((value) => /^[ -~]*$/.test(value))) return undefined;
  return `header key ${goQuote(name)} contains value with non-printable ASCII characters`;
}

/** gRPC's base64 has no padding. */
function toBase64(value: string): string {
  return trimEndOf(Buffer.from(value, 'utf8').toString('base64'), '=');
}
