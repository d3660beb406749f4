import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { findInPath } from '../peer.js';
import { PYTHON_ENV, pythonHas } from '../python.js';
import { socketFolder } from '../servers/socket-folder.js';
import { startChildService } from '../services/child-service.js';

/** Why tests with a real message bus are left out; false if there is one. */
export const withoutMessageBus: string | false =
  findInPath('dbus-daemon') === undefined
    ? 'there is no dbus-daemon: install dbus-daemon'
    : pythonHas('dbus, gi.repository.GLib')
      ? false
      : 'Python has no dbus or no gi: install python3-dbus and python3-gi';

const CONFIG = (
  socket: string,
): string => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
  <limit name="max_replies_per_connection">128</limit>
</busconfig>
`;

/** Runs a real dbus-daemon until the test ends; returns its address. */
export async function startMessageBus(t: Test): Promise<string> {
  const folder = socketFolder(t);
  const config = join(folder, 'bus.conf');
  writeFileSync(config, CONFIG(join(folder, 'bus')));
  const daemon = await startChildService({
    command: findInPath('dbus-daemon') ?? 'dbus-daemon',
    args: [`--config-file=${config}`, '--nofork', '--print-address'],
    ready: /^(unix:path=[^,\n]+)/m,
  });
  t.teardown(() => daemon.stop());
  return daemon.address;
}

/** Runs services of Python on the bus until the test ends; `program` has to print `ready` once they are there. */
export async function startBusServices(t: Test, address: string, program: string): Promise<void> {
  const services = await startChildService({
    command: 'python3',
    args: ['-u', '-c', program],
    ready: /^(ready)$/m,
    env: { ...PYTHON_ENV, DBUS_SYSTEM_BUS_ADDRESS: address },
  });
  t.teardown(() => services.stop());
}
