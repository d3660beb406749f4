/** Where a message bus listens on this host. */
export interface BusSocket {
  readonly path: string;
  /** The service itself listens there, without a bus between: nobody is to be greeted. */
  readonly isDirect?: true;
}

/** Where Linux has the system bus unless it is told otherwise. */
const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';

/**
 * The socket of the system bus: DBUS_SYSTEM_BUS_ADDRESS or its usual place. Of several addresses (`;` between them) the first of a unix socket is taken.
 * Throws an Error for an address without one.
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
    // Linux: a name that begins with a zero byte is in no file system.
    if (abstract !== undefined) return { path: `\0${unescapeValue(abstract)}` };
  }
  throw new Error(`cannot use DBUS_SYSTEM_BUS_ADDRESS "${addresses}": it has no unix:path= and no unix:abstract=`);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Bytes other than letters, digits and `-_/.\` are written as `%20`. */
function unescapeValue(text: string): string {
  return text.replace(/%([\da-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
