import type { KernelCalls } from './kernel-calls.js';
import { textUpToNull } from './netlink-message.js';

/** Commands of include/uapi/linux/ethtool.h, and the lengths of their structures. */
const ETHTOOL_GSET = 0x01;
const SETTINGS_BYTES = 44;
const ETHTOOL_GDRVINFO = 0x03;
const DRIVER_BYTES = 196;
const TEXT_BYTES = 32;
const AT_STATISTICS = 180;
const ETHTOOL_GSTRINGS = 0x1b;
const NAMES_HEADER_BYTES = 12;
const ETH_SS_STATS = 1;
const ETHTOOL_GSTATS = 0x1d;
const VALUES_HEADER_BYTES = 8;

/** No driver has more statistics than this; upstream has the same bound. */
const MOST_STATISTICS = 32_768;

/** The link of a device: the modes are bits of `enum ethtool_link_mode_bit_indices`. */
export interface LinkSettings {
  readonly supported: number;
  readonly advertised: number;
  /** 1 if the speed is agreed upon with the other side. */
  readonly autonegotiate: number;
}

/** Facts that a driver reports about itself. */
export interface DriverInfo {
  readonly driver: string;
  readonly version: string;
  readonly firmwareVersion: string;
  readonly busInfo: string;
  readonly expansionRomVersion: string;
  /** How many statistics it has. */
  readonly statistics: number;
}

/** Asks for the link; rejects with ENODEV, EOPNOTSUPP and others. */
export async function linkSettings(calls: KernelCalls, device: string): Promise<LinkSettings> {
  const answer = await calls.ethtool(device, request(ETHTOOL_GSET, SETTINGS_BYTES));
  return { supported: answer.readUInt32LE(4), advertised: answer.readUInt32LE(8), autonegotiate: answer.readUInt8(18) };
}

/** Asks for the driver; rejects likewise. */
export async function driverInfo(calls: KernelCalls, device: string): Promise<DriverInfo> {
  const answer = await calls.ethtool(device, request(ETHTOOL_GDRVINFO, DRIVER_BYTES));
  const text = (index: number): string =>
    textUpToNull(answer.subarray(4 + index * TEXT_BYTES, 4 + (index + 1) * TEXT_BYTES));
  return {
    driver: text(0),
    version: text(1),
    firmwareVersion: text(2),
    busInfo: text(3),
    expansionRomVersion: text(4),
    statistics: answer.readUInt32LE(AT_STATISTICS),
  };
}

/** Asks for the driver's statistics, by the driver's own names. If a name occurs several times, the last one counts. */
export async function driverStatistics(
  calls: KernelCalls,
  device: string,
  count: number,
): Promise<ReadonlyMap<string, number>> {
  if (count === 0) return new Map();
  if (count > MOST_STATISTICS) throw new Error(`the driver of ${device} has too many statistics (${count})`);
  const asked = request(ETHTOOL_GSTRINGS, NAMES_HEADER_BYTES + count * TEXT_BYTES);
  asked.writeUInt32LE(ETH_SS_STATS, 4);
  asked.writeUInt32LE(count, 8);
  const names = await calls.ethtool(device, asked);
  const wanted = request(ETHTOOL_GSTATS, VALUES_HEADER_BYTES + count * 8);
  wanted.writeUInt32LE(count, 4);
  const values = await calls.ethtool(device, wanted);
  // The driver may have got more or fewer of them meanwhile.
  const told = Math.min(count, names.readUInt32LE(8), values.readUInt32LE(4));
  const statistics = new Map<string, number>();
  for (let index = 0; index < told; index += 1) {
    const at = NAMES_HEADER_BYTES + index * TEXT_BYTES;
    const value = values.readBigUInt64LE(VALUES_HEADER_BYTES + index * 8);
    statistics.set(textUpToNull(names.subarray(at, at + TEXT_BYTES)), Number(value));
  }
  return statistics;
}

function request(command: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(command, 0);
  return bytes;
}
