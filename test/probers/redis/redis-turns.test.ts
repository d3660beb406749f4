import t from 'tap';
import { loopTurns } from '../../../src/values/loop-turns.js';
import { bulk, startRedisServer } from '../../helpers/servers/redis-server.js';
import { probe } from '../../helpers/services/probe.js';

const COUNT = 200;
const each = (text: (index: number) => string): string => Array.from({ length: COUNT }, (_none, n) => text(n)).join('');

const INFO = `# Server\r\nredis_version:7.0.15\r\n# Keyspace\r\ndb0:keys=9,expires=0,avg_ttl=0\r\n${each((n) => `cluster_x${n}:1\r\n`)}`;
const STREAMS = each((n) => bulk(`key${n}`));
const ANSWERS: Readonly<Record<string, string>> = {
  INFO: bulk(INFO),
  SELECT: '+OK\r\n',
  SCAN: `*2\r\n${bulk('0')}*${COUNT}\r\n${STREAMS}`,
  TYPE: '+stream\r\n',
  'XINFO STREAM': `*2\r\n${bulk('length')}:1\r\n`,
  'XINFO GROUPS': `*1\r\n*2\r\n${bulk('name')}${bulk('g')}`,
  'XINFO CONSUMERS': `*1\r\n*2\r\n${bulk('name')}${bulk('c')}`,
  'CLIENT LIST': bulk(each((n) => `id=${n} addr=127.0.0.1:${n} name=\n`)),
  EVAL: `*${2 * COUNT}\r\n${each((n) => bulk(`v${n}`) + bulk('1'))}`,
};

const YAML = `prober: redis
redis:
  check_streams: ['*']
  client_list: true
  scripts: [{name: a, lua: 'return {}'}]`;

t.test('what a server answers is worked on in turns that are counted', async (t) => {
  const server = await startRedisServer(t, (command) => {
    const known = Object.entries(ANSWERS).find(([beginning]) => command.startsWith(beginning));
    return known?.[1] ?? '-ERR unknown command\r\n';
  });
  // Each turn is over at once. Work that has not said how often it has waited is with those who have just begun.
  t.capture(loopTurns, 'isOver', () => true);
  const next = t.capture(loopTurns, 'next', () => Promise.resolve());
  const probed = await probe(YAML, server.target);
  t.equal(probed.verdict, 'ok');
  const counts = next().map(({ args: [had = 0] }) => had);
  t.ok(counts.length > 2 * COUNT, `${counts.length} turns`);
  const asNew = counts.filter((had) => had === 0).length;
  t.ok(asNew < COUNT / 2, `${asNew} of ${counts.length} as if it had just begun`);
});
