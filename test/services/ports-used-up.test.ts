import { execFile, spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import type { FewPorts } from '../helpers/services/few-ports-child.js';

// All ports to connect from are used up (EADDRNOTAVAIL): probes say so at once, the others go on, and the service works
// again once there are ports.

t.setTimeout(300_000);

const CHILD = fileURLToPath(new URL('../helpers/services/few-ports-child.js', import.meta.url));
const PORTS = 10;
const CLIENTS = 24;
/** In a network of its own, with so many ports. */
const ALONE = ['--user', '--map-root-user', '--net', 'sh', '-c'];
const PREPARE = `ip link set lo up && echo 40000 ${40_000 + PORTS - 1} > /proc/sys/net/ipv4/ip_local_port_range`;

function noNetwork(): string | false {
  const { status, error } = spawnSync('unshare', [...ALONE, PREPARE], { stdio: 'ignore' });
  return error === undefined && status === 0 ? false : 'no network with few ports can be made here';
}

const ROWS: readonly { readonly name: string; readonly flags: readonly string[] }[] = [
  { name: 'one process', flags: [] },
  { name: 'with workers', flags: ['--workers=2'] },
];

for (const { name, flags } of ROWS) {
  t.test(`ports used up: ${name}`, { skip: noNetwork() }, async (t) => {
    const args = [
      ...ALONE,
      `${PREPARE} && exec "$0" "$@"`,
      process.execPath,
      CHILD,
      t.testdir({}),
      `${CLIENTS}`,
      ...flags,
    ];
    const { stdout } = await promisify(execFile)('unshare', args, { timeout: 100_000 });
    // The child writes what FewPorts says.
    const { refused, held, own, code } = JSON.parse(stdout) as FewPorts;
    // What listens takes some of the ports, too.
    t.ok(held.length > 0 && held.length <= PORTS, `${held.length} connections`);
    t.ok(refused.length >= CLIENTS - PORTS, `${refused.length} refused`);
    t.equal(held.length + refused.length, CLIENTS);
    for (const text of refused) {
      t.match(text, /^200\n/);
      t.match(text, '\nprobe_failure_info{phase="connect",reason="address_unavailable"} 1\n');
      t.match(text, '\nprobe_success 0\n');
    }
    for (const text of held) t.match(text, '\nprobe_success 1\n');
    t.match(own, /^sonde_internal_errors_total 0$/m);
    t.equal(code, 0);
  });
}
