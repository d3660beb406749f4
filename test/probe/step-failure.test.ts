import t from 'tap';
import { ProbeFailure } from '../../src/probe/failure.js';
import { stepFailure } from '../../src/probe/step-failure.js';

const STEP = { phase: 'connect', signal: new AbortController().signal, message: 'Error dialling' } as const;

const withCode = (error: Error, code: string, syscall?: string): Error => Object.assign(error, { code, syscall });

/** What Node throws when it is called as it must not be. */
function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

const BUGS: readonly { readonly name: string; readonly error: unknown }[] = [
  { name: 'a property of undefined', error: thrownBy(() => (undefined as unknown as { x: number }).x) },
  { name: 'a text of negative length', error: thrownBy(() => 'x'.repeat(-1)) },
  { name: 'JSON that nobody expected to be wrong', error: thrownBy(() => JSON.parse('{') as unknown) },
  { name: 'a wrong argument of Node', error: thrownBy(() => Buffer.from(5 as unknown as string)) },
  { name: 'an offset outside a buffer', error: thrownBy(() => Buffer.alloc(1).readUInt8(5)) },
];

const OUTAGES: readonly { readonly name: string; readonly error: unknown; readonly reason: string }[] = [
  { name: 'refused', error: withCode(new Error('x'), 'ECONNREFUSED', 'connect'), reason: 'connection_refused' },
  { name: 'a code that has no reason', error: withCode(new Error('x'), 'EPROTO', 'read'), reason: 'network_error' },
  { name: 'an error without a code', error: new Error('the peer is odd'), reason: 'network_error' },
  {
    name: 'a closed connection',
    error: withCode(new Error('socket hang up'), 'ECONNRESET'),
    reason: 'connection_closed',
  },
  {
    name: 'bytes that are not UTF-8',
    error: thrownBy(() => new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from([255]))),
    reason: 'network_error',
  },
  {
    name: 'a known failure',
    error: new ProbeFailure('tls', 'tls_handshake_failed', 'x'),
    reason: 'tls_handshake_failed',
  },
];

t.test('a bug is no verdict', async (t) => {
  for (const { name, error } of BUGS) t.throws(() => stepFailure(error, STEP), error as Error, name);
});

t.test('an outage is', async (t) => {
  for (const { name, error, reason } of OUTAGES) t.equal(stepFailure(error, STEP).reason, reason, name);
});
