import type { KernelCalls } from './kernel-calls.js';
import {
  type Attributes,
  attributeText,
  attributeU32,
  attributeU64,
  NETLINK_GENERIC,
  netlinkAttribute,
  netlinkAttributes,
  netlinkMessages,
  NetlinkRefusal,
  netlinkRequest,
} from './netlink-message.js';

/** The controller of generic netlink, and its question for the number of a family. */
const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR_FAMILY_ID = 1;
const CTRL_ATTR_FAMILY_NAME = 2;
const HEADER_BYTES = 4;

/** Commands and attributes of include/uapi/linux/nl80211.h. */
const GET_INTERFACE = 5;
const GET_STATION = 17;
const GET_SCAN = 32;
const ATTR_IFINDEX = 3;
const ATTR_IFNAME = 4;
const ATTR_MAC = 6;
const ATTR_STA_INFO = 21;
const ATTR_WIPHY_FREQ = 38;
const ATTR_BSS = 47;
const BSS_BSSID = 1;
const BSS_INFORMATION_ELEMENTS = 6;
const BSS_STATUS = 9;
const STA_INACTIVE_MILLISECONDS = 1;
const STA_RX_BYTES = 2;
const STA_TX_BYTES = 3;
const STA_SIGNAL = 7;
const STA_TX_BITRATE = 8;
const STA_RX_PACKETS = 9;
const STA_TX_PACKETS = 10;
const STA_TX_RETRIES = 11;
const STA_TX_FAILED = 12;
const STA_RX_BITRATE = 14;
const STA_CONNECTED_SECONDS = 16;
const STA_BEACON_LOSS = 18;
const STA_RX_BYTES64 = 23;
const STA_TX_BYTES64 = 24;
const RATE_BITRATE = 1;
const RATE_BITRATE32 = 5;
const BITS_PER_UNIT = 100_000;
const NANOSECONDS_PER_MILLISECOND = 1e6;
const NANOSECONDS_PER_SECOND = 1e9;

/** The errors of a kernel without WiFi, and of an interface that does not know what is asked for. */
const ENOENT = 2;
const REFUSALS: ReadonlySet<number> = new Set([ENOENT, 19, 22, 95]);

/** Facts by the names, and in the units, of upstream's fixtures in lower case. */
export type WifiFields = Readonly<Record<string, unknown>>;

/** A wireless device, the cell that it is in, and the stations that it talks to. */
export interface WifiDevice {
  readonly device: WifiFields;
  readonly cells: readonly WifiFields[];
  readonly stations: readonly WifiFields[];
}

/** Asks for all wireless devices; undefined where the kernel has no WiFi. */
export async function wifiDevices(calls: KernelCalls): Promise<readonly WifiDevice[] | undefined> {
  const family = await familyOf(calls);
  if (family === undefined) return undefined;
  const devices: WifiDevice[] = [];
  for (const attributes of await ask(calls, { family, command: GET_INTERFACE, isDump: true })) {
    const [index, name] = [attributeU32(attributes, ATTR_IFINDEX), attributeText(attributes, ATTR_IFNAME)];
    // Some virtual devices have no name.
    if (index === undefined || name === undefined || name === '') continue;
    const about = (command: number): Promise<readonly Attributes[]> =>
      askUnlessRefused(calls, { family, command, isDump: true, index });
    devices.push({
      device: { name, frequency: attributeU32(attributes, ATTR_WIPHY_FREQ) ?? 0 },
      cells: (await about(GET_SCAN)).map(cellOf).filter((cell) => cell !== undefined),
      stations: (await about(GET_STATION)).map(stationOf),
    });
  }
  return devices;
}

async function familyOf(calls: KernelCalls): Promise<number | undefined> {
  const name = netlinkAttribute(CTRL_ATTR_FAMILY_NAME, Buffer.from('nl80211\0'));
  const body = Buffer.concat([Buffer.from([CTRL_CMD_GETFAMILY, 1, 0, 0]), name]);
  try {
    const answer = await calls.netlink(NETLINK_GENERIC, netlinkRequest(GENL_ID_CTRL, body, false));
    for (const { body: found } of netlinkMessages(answer)) {
      const id = netlinkAttributes(found, HEADER_BYTES).get(CTRL_ATTR_FAMILY_ID);
      if (id !== undefined && id.length >= 2) return id.readUInt16LE(0);
    }
    return undefined;
  } catch (error) {
    if (error instanceof NetlinkRefusal && error.errno === ENOENT) return undefined;
    throw error;
  }
}

interface WifiRequest {
  readonly family: number;
  readonly command: number;
  readonly isDump: boolean;
  readonly index?: number;
}

async function ask(
  calls: KernelCalls,
  { family, command, isDump, index }: WifiRequest,
): Promise<readonly Attributes[]> {
  const which = Buffer.alloc(4);
  which.writeUInt32LE(index ?? 0);
  const attributes = index === undefined ? Buffer.alloc(0) : netlinkAttribute(ATTR_IFINDEX, which);
  const body = Buffer.concat([Buffer.from([command, 1, 0, 0]), attributes]);
  const answer = await calls.netlink(NETLINK_GENERIC, netlinkRequest(family, body, isDump));
  return [...netlinkMessages(answer)].map((message) => netlinkAttributes(message.body, HEADER_BYTES));
}

async function askUnlessRefused(calls: KernelCalls, request: WifiRequest): Promise<readonly Attributes[]> {
  try {
    return await ask(calls, request);
  } catch (error) {
    if (error instanceof NetlinkRefusal && REFUSALS.has(error.errno)) return [];
    throw error;
  }
}

/** The cell to which the device is connected. Of all cells that a scan has found, only that one has a status. */
function cellOf(attributes: Attributes): WifiFields | undefined {
  const bss = netlinkAttributes(attributes.get(ATTR_BSS) ?? Buffer.alloc(0));
  const status = attributeU32(bss, BSS_STATUS);
  if (status === undefined) return undefined;
  return {
    bssid: base64Of(bss.get(BSS_BSSID)),
    ssid: ssidIn(bss.get(BSS_INFORMATION_ELEMENTS) ?? Buffer.alloc(0)),
    status,
  };
}

/** Information elements are a number, a length and that many bytes; the name of the network is number 0. */
function ssidIn(elements: Buffer): string {
  for (let at = 0; at + 2 <= elements.length; at += 2 + (elements[at + 1] ?? 0)) {
    const end = at + 2 + (elements[at + 1] ?? 0);
    if (end > elements.length) break;
    if (elements[at] === 0) return elements.toString('utf8', at + 2, end);
  }
  return '';
}

function stationOf(attributes: Attributes): WifiFields {
  const facts = netlinkAttributes(attributes.get(ATTR_STA_INFO) ?? Buffer.alloc(0));
  const count = (kind: number): number => attributeU32(facts, kind) ?? 0;
  return {
    hardwareaddr: base64Of(attributes.get(ATTR_MAC)),
    connected: count(STA_CONNECTED_SECONDS) * NANOSECONDS_PER_SECOND,
    inactive: count(STA_INACTIVE_MILLISECONDS) * NANOSECONDS_PER_MILLISECOND,
    receivedbytes: attributeU64(facts, STA_RX_BYTES64) ?? count(STA_RX_BYTES),
    transmittedbytes: attributeU64(facts, STA_TX_BYTES64) ?? count(STA_TX_BYTES),
    receivedpackets: count(STA_RX_PACKETS),
    transmittedpackets: count(STA_TX_PACKETS),
    receivebitrate: bitrateOf(facts, STA_RX_BITRATE),
    transmitbitrate: bitrateOf(facts, STA_TX_BITRATE),
    signal: facts.get(STA_SIGNAL)?.readInt8(0) ?? 0,
    transmitretries: count(STA_TX_RETRIES),
    transmitfailed: count(STA_TX_FAILED),
    beaconloss: count(STA_BEACON_LOSS),
  };
}

/** The kernel counts units of 100 kbit/s, in 32 bits, and in 16 bits for older programs. */
function bitrateOf(facts: Attributes, kind: number): number {
  const rate = netlinkAttributes(facts.get(kind) ?? Buffer.alloc(0));
  const short = rate.get(RATE_BITRATE);
  const units = attributeU32(rate, RATE_BITRATE32) ?? (short === undefined ? 0 : short.readUInt16LE(0));
  return units * BITS_PER_UNIT;
}

function base64Of(bytes: Buffer | undefined): string {
  return bytes === undefined ? '' : bytes.toString('base64');
}
