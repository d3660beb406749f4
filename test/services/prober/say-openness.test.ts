import t from 'tap';
import { loadConfig } from '../../../src/config/load-config.js';
import { OPEN_ACCESS } from '../../../src/http/listeners/http-server.js';
import { ServiceLog } from '../../../src/log/service-log.js';
import { sayOpenness } from '../../../src/services/prober/say-openness.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const POLICY = '{deny: [{addresses: [private]}]}';
const OPEN = 'modules: {a: {prober: http}, b: {prober: http}}';

const rows: readonly (readonly [
  name: string,
  addresses: readonly string[],
  config: string,
  hasUsers: boolean,
  warned: string | undefined,
])[] = [
  ['all networks', ['[::]:9115'], OPEN, false, '[::]:9115'],
  ['all networks of IPv4', ['0.0.0.0:9115'], OPEN, false, '0.0.0.0:9115'],
  ['one network, beside loopback', ['127.0.0.1:9115', '192.0.2.1:9115'], OPEN, false, '192.0.2.1:9115'],
  [
    'a policy for one module of two',
    ['[::]:9115'],
    `modules: {a: {prober: http, target_policy: ${POLICY}}, b: {prober: http}}`,
    false,
    '[::]:9115',
  ],
  ['loopback', ['127.0.0.1:9115', '127.1.2.3:1', '[::1]:9115', '[::ffff:127.0.0.1]:1'], OPEN, false, undefined],
  ['a unix socket', ['/run/sonde.sock'], OPEN, false, undefined],
  ['users', ['[::]:9115'], OPEN, true, undefined],
  ['a policy for all', ['[::]:9115'], `target_policy: ${POLICY}\n${OPEN}`, false, undefined],
  ['a policy for each', ['[::]:9115'], `modules: {a: {prober: http, target_policy: ${POLICY}}}`, false, undefined],
];

for (const [name, addresses, config, isRestricted, warned] of rows) {
  t.test(`a service that all may have probe all says so: ${name}`, async (t) => {
    const lines: string[] = [];
    const write = (line: string) => lines.push(line);
    const log = new ServiceLog({ level: 'info', format: 'logfmt', clock: new ManualClock(), write });
    const { isGuarded } = await loadConfig(config, 'f.yml', []);
    const access = { ...OPEN_ACCESS, isRestricted, http2: false, rateLimit: undefined };
    sayOpenness(log, { addresses, access }, isGuarded);
    t.equal(lines.length, warned === undefined ? 0 : 1);
    if (warned !== undefined) t.match(lines[0], `set target_policy, or users" addresses=${warned}\n`);
  });
}
