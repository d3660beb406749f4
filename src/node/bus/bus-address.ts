/** The address of a message bus on this host. */
export interface BusSocket {
  readonly path: string;
  /** Whether the service itself listens there, without a bus between: there is no Hello call then. */
  readonly isDirect?: true;
}

/** The default socket of the system bus in Linux. */
const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';

/**
 * Returns the socket of the system bus, from DBUS_SYSTEM_BUS_ADDRESS or the default. If there are several addresses,
 * separated by `;`, it takes the first with a Unix socket. Throws an Error if there is none.
 */
export function systemBusSocket(env: Readonly<Record<string, string | undefined>>): BusSocket {
  const { DBUS_SYSTEM_BUS_ADDRESS: given } = env;
  const addresses = given === undefined || given === '' ? SYSTEM_BUS : given;
  for (const address of addresses.split(';')) {
    const [transport, options] = splitOnce(address, ':');
    if (transport !== 'unix') continue;
    const pairs = new Map(options.split(',').map((option) => splitOnce(option, '=')));
    const path = pairs.get('path');
    if (path !== undefined) return { path: unescapeValue(path) };
    const abstract = pairs.get('abstract');
    // In Linux, a socket whose name begins with a zero byte is not in the file system.
    if (abstract !== undefined) return { path: `\0${unescapeValue(abstract)}` };
  }
  throw new Error(`cannot use DBUS_SYSTEM_BUS_ADDRESS "${addresses}": it has no unix:path= and no unix:abstract=`);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Bytes other than letters, digits and `-_/.\` are escaped, such as `%20`. */
function unescapeValue(text: string): string {
  return text.replace(/%([\da-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
