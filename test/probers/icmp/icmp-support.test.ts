import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import {
  type IcmpAddon,
  loadIcmpAddon,
  type NativeSocket,
  type SocketOptions,
} from '../../../src/probers/icmp/icmp-native.js';
import { IcmpSockets } from '../../../src/probers/icmp/icmp-sockets.js';
import { describeIcmpSupport } from '../../../src/probers/icmp/icmp-support.js';

/** An addon on a system that refuses some sockets; `refuse` gives the code of the error. */
function system(refuse: (options: SocketOptions) => string | undefined): IcmpSockets {
  const addon: IcmpAddon = {
    open: (options) => {
      const code = refuse(options);
      if (code !== undefined) throw Object.assign(new Error(`socket: ${code}`), { code });
      return {} as NativeSocket;
    },
    send: () => 0,
    receive: () => -1,
    close: () => undefined,
  };
  return new IcmpSockets({ addon });
}

t.test('what is possible, in one line', async (t) => {
  const procRoot = t.testdir({
    self: { status: 'Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1001\t1000\t1000\nGroups:\t4 27 1001 \n' },
    sys: { net: { ipv4: { ping_group_range: '1\t0\n' } } },
  });
  for (const [name, refuse, ok, message] of [
    ['everything', () => undefined, true, 'icmp probes: IPv4 by datagram sockets, IPv6 by datagram sockets'],
    [
      'raw only',
      ({ raw }) => (raw ? undefined : 'EACCES'),
      true,
      'icmp probes: IPv4 by raw sockets, IPv6 by raw sockets',
    ],
    [
      'no IPv6',
      ({ family }) => (family === 6 ? 'EAFNOSUPPORT' : undefined),
      true,
      'icmp probes: IPv4 by datagram sockets; no IPv6 (socket: EAFNOSUPPORT)',
    ],
    [
      'nothing',
      ({ raw }) => (raw ? 'EPERM' : 'EACCES'),
      false,
      'icmp probes will fail: the process has no CAP_NET_RAW, and none of its groups (1001 4 27) is within net.ipv4.ping_group_range (1 0); widen that range (sysctl -w net.ipv4.ping_group_range="0 2147483647") or grant the capability',
    ],
    ['nothing, for another reason', () => 'EMFILE', false, 'icmp probes will fail: socket: EMFILE'],
  ] as readonly (readonly [string, (options: SocketOptions) => string | undefined, boolean, string])[]) {
    t.same(describeIcmpSupport(system(refuse), procRoot), { ok, message }, name);
  }
  const nothing = describeIcmpSupport(
    system(() => 'EPERM'),
    join(procRoot, 'nope'),
  );
  t.match(nothing.message, 'net.ipv4.ping_group_range cannot be read');
});

t.test('an addon that was not built', async (t) => {
  const folder = t.testdir();
  const url = pathToFileURL(`${folder}/`);
  t.match(loadIcmpAddon(url), { missing: /^it was not built: run/ });
  writeFileSync(join(folder, 'icmp.missing'), 'there is no C compiler\n');
  const addonOrNot = loadIcmpAddon(url);
  t.same(addonOrNot, { missing: 'there is no C compiler' });
  const support = describeIcmpSupport(new IcmpSockets(addonOrNot), '/proc');
  t.same(support, { ok: false, message: 'icmp probes will fail: the ICMP addon is missing: there is no C compiler' });
});

t.test('an addon that is broken, below a folder with a space and a percent sign in its name', async (t) => {
  const folder = join(t.testdir(), 'my folder%20');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'icmp.node'), 'no library');
  t.match(loadIcmpAddon(pathToFileURL(`${folder}/`)), { missing: /my folder%20\/icmp\.node/ });
});
