import type { FoundAddresses } from './name-answer.js';
import { ResolveError } from './resolve-error.js';

/** Two look-ups of one name, of which one is preferred. */
export interface EitherFamily {
  readonly preferred: 4 | 6;
  /** Whether the other family is asked for only when it is needed. */
  readonly oneByOne: boolean;
  /** Finds at least one address, or rejects with a ResolveError or the signal's reason. */
  readonly lookUp: (family: 4 | 6, signal: AbortSignal) => Promise<FoundAddresses>;
  readonly signal: AbortSignal;
}

/**
 * The addresses of the preferred family; those of the other one if there are none. Both are asked for at once, so that
 * falling back costs no second round trip; the other one is dropped when the preferred answers. Rejects with a
 * ResolveError, or with the signal's reason.
 */
export async function lookUpEither(either: EitherFamily): Promise<FoundAddresses> {
  const { preferred, oneByOne, lookUp, signal } = either;
  const other = new AbortController();
  const dropOther = (): void => {
    other.abort(signal.reason);
  };
  signal.addEventListener('abort', dropOther);
  const lookUpOther = (): Promise<FoundAddresses | { readonly error: unknown }> =>
    lookUp(preferred === 4 ? 6 : 4, other.signal).catch((error: unknown) => ({ error }));
  const asked = oneByOne ? undefined : lookUpOther();
  try {
    return await lookUp(preferred, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    const found = await (asked ?? lookUpOther());
    if ('error' in found) throw bothFailed(either, error, found.error);
    return found;
  } finally {
    signal.removeEventListener('abort', dropOther);
    other.abort();
  }
}

/**
 * Returns the one of two failures that tells more: a server that fails may hide an address, a missing address hides
 * nothing.
 */
function bothFailed({ signal }: EitherFamily, error: unknown, other: unknown): unknown {
  if (signal.aborted) return signal.reason;
  const failures = [error, other].filter((failure) => failure instanceof ResolveError);
  const serious = failures.find(({ reason }) => reason === 'dns_timeout' || reason === 'dns_server_failure');
  const [first] = failures;
  if (serious !== undefined || first === undefined || failures.length < 2) return serious ?? error;
  const missing = failures.find(({ reason }) => reason === 'dns_no_such_host');
  return missing ?? new ResolveError('dns_no_such_host', first.message);
}
