import type { KernelCalls } from '../../../src/node/kernel/kernel-calls.js';
import { netlinkAttribute, netlinkRequest } from '../../../src/node/kernel/netlink-message.js';

/** Messages as the kernel sends them, for what no machine of the tests has. */

/** A number of 8, 16, 32 or 64 bits, in the order of the machine. */
export function number(bits: 8 | 16 | 32 | 64, value: number | bigint): Buffer {
  const bytes = Buffer.alloc(bits / 8);
  if (bits === 64) bytes.writeBigUInt64LE(BigInt(value));
  else bytes.writeUIntLE(Number(value), 0, bits / 8);
  return bytes;
}

/** An attribute with these parts. */
export function attribute(kind: number, ...parts: readonly (Buffer | string)[]): Buffer {
  return netlinkAttribute(kind, Buffer.concat(parts.map((part) => Buffer.from(part))));
}

/** A message of a dump. */
export function message(type: number, ...parts: readonly Buffer[]): Buffer {
  const bytes = netlinkRequest(type, Buffer.concat(parts), true);
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

/** What ends a dump. */
export const DONE = message(3, number(32, 0));

/** The kernel's refusal, by the number of an error. */
export function refusal(errno: number): Buffer {
  const code = Buffer.alloc(4);
  code.writeInt32LE(-errno);
  return message(2, code, Buffer.alloc(16));
}

/** A number of the type of messages that a request asks for. */
export function typeOf(request: Uint8Array): number {
  return Buffer.from(request).readUInt16LE(4);
}

/** An error as the addon has it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`ioctl: ${code}`), { code, syscall: 'ioctl' });
}

/** Calls of which none may be made but those that are given. */
export function kernelCalls(calls: Partial<KernelCalls>): { readonly calls: KernelCalls } {
  const none = (name: string) => (): Promise<Buffer> => Promise.reject(new Error(`nobody may call ${name}`));
  const rest = { netlink: none('netlink'), ethtool: none('ethtool'), btrfs: none('btrfs'), files: none('files') };
  return { calls: { ...rest, ...calls } };
}
