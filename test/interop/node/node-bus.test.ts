import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { logind } from '../../../src/node/collectors/logind.js';
import { systemd } from '../../../src/node/collectors/systemd.js';
import { startBusServices, startMessageBus, withoutMessageBus } from '../../helpers/node/message-bus.js';
import { countSamples, familiesOf } from '../../helpers/node/node-fixtures.js';
import { findInPath } from '../../helpers/peer.js';
import { startChildService } from '../../helpers/services/child-service.js';
import { askCollector } from '../../helpers/services/collect.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { FAKE_SYSTEMD, ODD_SYSTEMD } from './fake-systemd.js';

const FLAGS = {
  'systemd.enable-task-metrics': 'true',
  'systemd.enable-restarts-metrics': 'true',
  'systemd.enable-start-time-metrics': 'true',
  'systemd.unit-exclude': '.+\\.(automount|device|scope|slice)',
};

t.test('over a real message bus', { skip: withoutMessageBus }, async (t) => {
  const address = await startMessageBus(t);
  await startBusServices(t, address, FAKE_SYSTEMD);
  const env = { DBUS_SYSTEM_BUS_ADDRESS: address };

  t.test('systemd', async (t) => {
    const output = await askCollector(systemd, { env, flags: FLAGS }).scrape();
    t.match(output, 'node_systemd_unit_state{name="web.service",state="active",type="notify"} 1\n');
    t.match(output, 'node_systemd_unit_state{name="gone.service",state="active",type=""} 1\n');
    t.match(output, 'node_systemd_unit_state{name="home.mount",state="active",type="ext4"} 1\n');
    t.match(output, 'node_systemd_unit_tasks_current{name="web.service"} 7\n');
    t.match(output, 'node_systemd_units{state="inactive"} 301\n');
    t.match(output, 'node_systemd_version{version="252.38-1~deb12u1"} 252.38\n');
    t.notMatch(output, 'absent.service');
  });

  t.test('logind', async (t) => {
    const output = await askCollector(logind, { env }).scrape();
    t.match(output, 'node_logind_sessions{class="user",remote="true",seat="",type="tty"} 2\n');
    t.match(output, 'node_logind_sessions{class="other",remote="false",seat="seat0",type="other"} 1\n');
    t.equal(countSamples(output), 2 * 7 * 5 * 2);
  });

  t.test('as node_exporter has it, byte for byte', (t) => compareWithNodeExporter(t, address, FLAGS));

  t.test('many scrapes at once', async (t) => {
    const asked = askCollector(systemd, { env });
    const outputs = await Promise.all(Array.from({ length: 4 }, () => asked.scrape()));
    t.equal(new Set(outputs).size, 1);
  });
});

t.test('odd units and sessions cost their own series only', { skip: withoutMessageBus }, async (t) => {
  const address = await startMessageBus(t);
  await startBusServices(t, address, ODD_SYSTEMD);
  const env = { DBUS_SYSTEM_BUS_ADDRESS: address };

  t.test('as node_exporter has it, byte for byte', (t) =>
    compareWithNodeExporter(t, address, {
      ...FLAGS,
      // The real program ends with a panic where a property is of another type, and fails all where a unit is there
      // twice.
      'systemd.unit-exclude': '.+\\.(automount|device|scope|slice)|wrong.*',
    }),
  );

  t.test('properties of other types, negative ones, and a unit that is there twice', async (t) => {
    const output = await askCollector(systemd, { env, flags: FLAGS }).scrape();
    t.match(output, 'node_systemd_unit_state{name="sound.service",state="active",type="notify"} 1\n');
    t.match(output, 'node_systemd_timer_last_trigger_seconds{name="sound.timer"} 1.7000000015e+09\n');
    t.match(output, 'node_systemd_socket_accepted_connections_total{name="sound.socket"} 12\n');
    const odd = output
      .split('\n')
      .filter((line) => /name="wrong(?!-twice)/.test(line) && !line.includes('_unit_state{'));
    t.strictSame(odd, ['node_systemd_socket_refused_connections_total{name="wrong.socket"} 1']);
    t.match(output, 'node_systemd_unit_state{name="wrong-text.service",state="active",type=""} 1\n');
    t.equal(output.match(/_unit_state\{name="wrong-twice/g)?.length, 5);
  });
});

t.test('a bus without the services', { skip: withoutMessageBus }, async (t) => {
  const env = { DBUS_SYSTEM_BUS_ADDRESS: await startMessageBus(t) };
  await t.rejects(askCollector(systemd, { env }).scrape(), { message: /ServiceUnknown|NameHasNoOwner/ });
  await t.rejects(askCollector(logind, { env }).scrape(), { message: /ServiceUnknown|NameHasNoOwner/ });
});

async function compareWithNodeExporter(
  t: Test,
  address: string,
  flags: Readonly<Record<string, string>>,
): Promise<void> {
  const theirs = await askNodeExporter(t, address, flags);
  if (theirs === undefined) return;
  const env = { DBUS_SYSTEM_BUS_ADDRESS: address };
  const ours = [systemd, logind].map((collector) =>
    askCollector(collector, { env, flags: collector === systemd ? flags : {} }).scrape(),
  );
  const [ofSystemd = '', ofLogind = ''] = await Promise.all(ours);
  t.equal(ofSystemd, familiesOf(theirs, /^node_systemd_/));
  t.equal(ofLogind, familiesOf(theirs, /^node_logind_/));
}

/** What the real program answers on the same bus; undefined, said on the test, where there is none. */
async function askNodeExporter(
  t: Test,
  address: string,
  flags: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const name = 'prometheus-node-exporter';
  const newest = join(process.env['SONDE_PEERS'] ?? '/nonexistent', 'usr/bin', name);
  const command = existsSync(newest) ? newest : findInPath(name);
  if (command === undefined) {
    t.comment(`skipped, there is no ${name}`);
    return undefined;
  }
  const peer = await startChildService({
    command,
    args: [
      '--web.listen-address=127.0.0.1:0',
      '--web.disable-exporter-metrics',
      '--collector.disable-defaults',
      '--collector.systemd',
      '--collector.logind',
      ...Object.entries(flags).map(([flag, value]) =>
        value === 'true' ? `--collector.${flag}` : `--collector.${flag}=${value}`,
      ),
    ],
    ready: /Listening on"? address=(\S+:\d+)/,
    env: { DBUS_SYSTEM_BUS_ADDRESS: address },
  });
  t.teardown(() => peer.stop());
  const { body } = await httpGet(peer.address, '/metrics');
  return body.toString('utf8');
}
