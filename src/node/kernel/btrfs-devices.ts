import { basename } from 'node:path/posix';
import type { KernelCalls } from './kernel-calls.js';
import { textUpToNull } from './netlink-message.js';

/** The numbers of the ioctls, and the lengths of their structures (include/uapi/linux/btrfs.h). */
const FS_INFO = 31;
const FS_INFO_BYTES = 1024;
const AT_FSID = 16;
const DEV_INFO = 30;
const DEV_INFO_BYTES = 4096;
const AT_PATH = 3072;
const GET_DEV_STATS = 52;
const DEV_STATS_BYTES = 1032;
const AT_COUNTS = 24;
const UUID_BYTES = 16;

/** Devices are numbered in the order in which they have ever been added. */
const HIGHEST_NUMBER = 4096;

/** The kinds of errors that are counted, in the order of the kernel's. */
export const BTRFS_ERRORS = ['write', 'read', 'flush', 'corruption', 'generation'] as const;

/** A device of a mounted btrfs. */
export interface BtrfsDevice {
  /** Such as `sda1`. */
  readonly name: string;
  readonly uuid: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
  /** In the order of BTRFS_ERRORS. */
  readonly errors: readonly number[];
}

/** A mounted btrfs. */
export interface BtrfsFacts {
  /** In hexadecimal digits. */
  readonly fsid: string;
  readonly devices: readonly BtrfsDevice[];
}

/** Asks the btrfs that is mounted on a folder of its devices. Rejects with an Error with `code`. */
export async function btrfsFacts(calls: KernelCalls, folder: string): Promise<BtrfsFacts> {
  const about = await calls.btrfs(folder, FS_INFO, Buffer.alloc(FS_INFO_BYTES));
  const [highest, count] = [Number(about.readBigUInt64LE(0)), Number(about.readBigUInt64LE(8))];
  const devices: BtrfsDevice[] = [];
  for (let number = 0; number <= Math.min(highest, HIGHEST_NUMBER) && devices.length < count; number += 1) {
    const device = await deviceOf(calls, folder, number);
    if (device !== undefined) devices.push(device);
  }
  return { fsid: about.toString('hex', AT_FSID, AT_FSID + UUID_BYTES), devices };
}

/** Undefined for a number that no device has, or has any more. */
async function deviceOf(calls: KernelCalls, folder: string, number: number): Promise<BtrfsDevice | undefined> {
  try {
    const about = await calls.btrfs(folder, DEV_INFO, request(number, DEV_INFO_BYTES));
    const wanted = request(number, DEV_STATS_BYTES);
    wanted.writeBigUInt64LE(BigInt(BTRFS_ERRORS.length), 8);
    const counts = await calls.btrfs(folder, GET_DEV_STATS, wanted);
    return {
      name: basename(textUpToNull(about.subarray(AT_PATH))),
      uuid: uuidText(about.toString('hex', 8, 8 + UUID_BYTES)),
      usedBytes: Number(about.readBigUInt64LE(24)),
      sizeBytes: Number(about.readBigUInt64LE(32)),
      errors: BTRFS_ERRORS.map((_, index) => Number(counts.readBigUInt64LE(AT_COUNTS + 8 * index))),
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENODEV') return undefined;
    throw error;
  }
}

function request(number: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeBigUInt64LE(BigInt(number), 0);
  return bytes;
}

function uuidText(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
