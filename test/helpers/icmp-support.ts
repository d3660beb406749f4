import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { loadIcmpAddon } from '../../src/probers/icmp/icmp-native.js';
import { IcmpSockets } from '../../src/probers/icmp/icmp-sockets.js';
import { describeIcmpSupport } from '../../src/probers/icmp/icmp-support.js';

/** Why tests that ping the loopback are skipped here; false if they can run. */
export function noIcmp(): string | false {
  const { ok, message } = describeIcmpSupport(new IcmpSockets(loadIcmpAddon()), '/proc');
  return ok && !message.includes('no IPv') ? false : message;
}

/** How many ICMP sockets this process has open, by what the kernel says. */
export function openIcmpSockets(): number {
  const inodes = new Set(['raw', 'raw6', 'icmp', 'icmp6'].flatMap(inodesOf));
  return readdirSync('/proc/self/fd').filter((fd) => inodes.has(inodeOf(fd))).length;
}

function inodesOf(table: string): string[] {
  const rows = readFileSync(`/proc/self/net/${table}`, 'utf8').split('\n').slice(1);
  return rows.map((row) => row.trim().split(/\s+/)[9] ?? '').filter((inode) => inode !== '');
}

function inodeOf(fd: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? '';
  } catch (error) {
    // The descriptor by which the folder was read is gone by now.
    if (error instanceof Error) return '';
    throw error;
  }
}
