import net from 'node:net';
import { ProbeFailure } from '../probe/failure.js';
import type { TargetAddress } from './resolve/resolve-target.js';

/** `source_ip_address` of a module. The probe reports an invalid address, as in upstream. */
export type SourceAddress = { readonly address: string; readonly family: 4 | 6 } | { readonly invalid: string };

/** Reads `source_ip_address`; undefined where it is empty. */
export function compileSource(address: string): SourceAddress | undefined {
  if (address === '') return undefined;
  const family = net.isIP(address);
  return family === 4 || family === 6 ? { address, family } : { invalid: address };
}

/**
 * The address to bind to for a connection with `target`; undefined leaves it to the system. Throws a ProbeFailure of
 * phase `connect` where the source is no address or of the other family; `message` is the log line of the latter.
 */
export function sourceFor(
  { address, family }: TargetAddress,
  source: SourceAddress | undefined,
  message: string,
): string | undefined {
  if (source === undefined) return undefined;
  if ('invalid' in source) {
    const fields = { srcIP: source.invalid };
    throw new ProbeFailure('connect', 'address_unavailable', 'Error parsing source ip address', fields);
  }
  if (source.family === family) return source.address;
  const err = `the source address ${source.address} is of another IP family than ${address}`;
  throw new ProbeFailure('connect', 'address_unavailable', message, { err });
}
