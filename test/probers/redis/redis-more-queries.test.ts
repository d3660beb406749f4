import t from 'tap';
import { RedisFacts } from '../../../src/services/exporters/redis/redis-facts.js';
import { systemClock } from '../../../src/values/clock.js';
import { LONGEST_SHOWN } from '../../../src/values/shown-text.js';
import { bulk, type RedisAnswer, SMALL_INFO, startRedisServer, withInfo } from '../../helpers/servers/redis-server.js';
import { probe } from '../../helpers/services/probe.js';

/** A list of RESP, of texts and numbers. */
function list(...values: readonly (string | number)[]): string {
  const parts = values.map((value) => (typeof value === 'number' ? `:${value}\r\n` : bulk(value)));
  return `*${values.length}\r\n${parts.join('')}`;
}

/** INFO as given; each other command by the first entry that it begins with. */
function answering(answers: readonly (readonly [beginning: string, answer: string])[], info = SMALL_INFO): RedisAnswer {
  const plain = withInfo(info);
  return (command, socket) =>
    answers.find(([beginning]) => command.startsWith(beginning))?.[1] ?? plain(command, socket);
}

/** The series of one beginning, with their values. */
function seriesOf(metrics: Readonly<Record<string, number>>, beginning: RegExp): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => beginning.test(name)));
}

const UNKNOWN = '-ERR unknown command `EVAL_RO`, with args beginning with:\r\n';
const NO_RIGHT = "-NOPERM User x has no permissions to run the 'eval_ro' command\r\n";

/** What EVAL_RO and EVAL answer to a script, and what is shown of it. */
const SCRIPTS: readonly {
  readonly name: string;
  readonly evalRo: string;
  readonly eval?: string;
  readonly readOnly?: true;
  readonly result: number;
  readonly values?: Readonly<Record<string, number>>;
  readonly log?: RegExp;
}[] = [
  { name: 'values', evalRo: list('a', '1', 'b', '2.5'), result: 1, values: { a: 1, b: 2.5 } },
  { name: 'a number that is no text', evalRo: list('a', 3), result: 1, values: { a: 3 } },
  { name: 'nothing', evalRo: '*0\r\n', result: 2 },
  { name: 'before Redis 7', evalRo: UNKNOWN, eval: list('a', '1'), result: 1, values: { a: 1 } },
  { name: 'a user that may run EVAL alone', evalRo: NO_RIGHT, eval: list('a', '1'), result: 1, values: { a: 1 } },
  {
    name: 'read-only before Redis 7',
    evalRo: UNKNOWN,
    eval: list('a', '1'),
    readOnly: true,
    result: 0,
    log: /unknown command/,
  },
  { name: 'an error', evalRo: '-ERR boom\r\n', eval: list('a', '1'), result: 0, log: /ERR boom/ },
  { name: 'no list', evalRo: bulk('7'), result: 0, log: /no list of names and values/ },
  { name: 'null', evalRo: '$-1\r\n', result: 0, log: /no list of names and values/ },
  { name: 'a name alone', evalRo: list('a', '1', 'b'), result: 0, values: { a: 1 }, log: /a name without a value/ },
  { name: 'no number', evalRo: list('a', 'x', 'b', '4'), result: 0, values: { b: 4 }, log: /no number: a/ },
  { name: 'names of objects', evalRo: list('__proto__', '1'), result: 1, values: { ['__proto__']: 1 } },
];

t.test('scripts', async (t) => {
  for (const { name, evalRo, eval: plain = '-ERR no\r\n', readOnly, result, values = {}, log } of SCRIPTS) {
    const server = await startRedisServer(
      t,
      answering([
        ['EVAL_RO return 1 0 0', evalRo],
        ['EVAL return 1 0 0', plain],
      ]),
    );
    const module = `prober: redis\nredis: {scripts: [{name: x.lua, lua: return 1}], scripts_read_only: ${readOnly ?? false}}`;
    const probed = await probe(module, server.target);
    t.equal(probed.verdict, 'ok', name);
    t.equal(probed.metrics['redis_script_result{filename="x.lua"}'], result, name);
    const expected = Object.entries(values).map(([key, value]) => [
      `redis_script_values{filename="x.lua",key="${key}"}`,
      value,
    ]);
    t.same(seriesOf(probed.metrics, /^redis_script_values/), Object.fromEntries(expected), name);
    if (log === undefined) t.notMatch(probed.log, 'A script failed', name);
    else t.match(probed.log, log, name);
  }
});

t.test('what a script returns is bounded, and costs itself and what is asked later', async (t) => {
  const many = Array.from({ length: 1500 }, (_unused, index) => [`k${index}`, index]).flat();
  const server = await startRedisServer(
    t,
    answering([
      ['EVAL_RO many', list(...many)],
      ['EVAL_RO huge', bulk('x'.repeat(2 * 1024 * 1024))],
    ]),
  );
  const { metrics, verdict, log } = await probe(
    'prober: redis\nredis: {scripts: [{name: m, lua: many}, {name: h, lua: huge}, {name: l, lua: many}], client_list: true}',
    server.target,
  );
  t.equal(verdict, 'ok');
  t.equal(metrics['redis_up'], 1);
  t.equal(Object.keys(seriesOf(metrics, /^redis_script_values/)).length, 1000);
  t.same(seriesOf(metrics, /^redis_script_result/), {
    'redis_script_result{filename="h"}': 0,
    'redis_script_result{filename="m"}': 0,
  });
  t.match(log, /An answer is too large.*"of":"scripts"/);
});

const KEYSPACE = `${SMALL_INFO}# Keyspace\r\ndb0:keys=9,expires=0,avg_ttl=0\r\ndb3:keys=1,expires=0,avg_ttl=0\r\n`;
const GROUPS = 'prober: redis\nredis: {check_key_groups: ["^(a)"], max_key_groups: 2, config_command: "-"}';

t.test('groups of keys: pages are added up, the smallest groups are one', async (t) => {
  const pages = [
    list('7', 'a', 1, 100, '__proto__', 1, 50, 'overflow', 1, 10),
    list('0', 'a', 2, 50, 'constructor', 4, 60, 'broken', 'x', 1),
  ];
  const server = await startRedisServer(t, (command, socket) => {
    if (command.startsWith('SELECT')) return '+OK\r\n';
    if (!command.startsWith('EVAL_RO')) return answering([], KEYSPACE)(command, socket);
    t.match(command, / 0 [07] 1000 400 \^\(a\)$/, 'cursor, count, longest name, patterns');
    return pages.shift() ?? list('0');
  });
  const { metrics, verdict, outcome } = await probe(GROUPS, server.target);
  t.equal(verdict, 'ok');
  t.same(seriesOf(metrics, /^redis_key_group_count/), {
    'redis_key_group_count{db="db0",key_group="a"}': 3,
    'redis_key_group_count{db="db0",key_group="constructor"}': 4,
    'redis_key_group_count{db="db0",key_group="overflow"}': 2,
  });
  t.match(metrics, {
    'redis_key_group_memory_usage_bytes{db="db0",key_group="a"}': 150,
    'redis_key_group_memory_usage_bytes{db="db0",key_group="overflow"}': 60,
    'redis_number_of_distinct_key_groups{db="db0"}': 4,
    'redis_number_of_distinct_key_groups{db="db1"}': 0,
    'redis_number_of_distinct_key_groups{db="db3"}': 0,
  });
  t.ok((metrics['redis_last_key_groups_scrape_duration_milliseconds'] ?? -1) >= 0);
  const facts = new RedisFacts(systemClock);
  facts.ended([outcome]);
  const own = facts.families().map(({ name }) => name);
  t.notOk(own.includes('redis_last_key_groups_scrape_duration_milliseconds'), 'the exporter adds no zero');
});

t.test('groups of keys that cannot be had', async (t) => {
  const select = ['SELECT', '+OK\r\n'] as const;
  for (const [name, answer, log] of [
    ['a pattern that is none', '-ERR user_script:7: unfinished capture\r\n', /unfinished capture/],
    ['no right', '-NOPERM no\r\n', /NOPERM/],
    ['no cursor', list(1, 'a', 1, 1), /without a cursor/],
    ['no list', '+OK\r\n', /without a cursor/],
  ] as const) {
    const server = await startRedisServer(t, answering([select, ['EVAL_RO', answer]], KEYSPACE));
    const probed = await probe(GROUPS, server.target);
    t.equal(probed.verdict, 'ok', name);
    t.same(seriesOf(probed.metrics, /^redis_key_group/), {}, name);
    t.notOk('redis_number_of_distinct_key_groups{db="db0"}' in probed.metrics, name);
    t.match(probed.log, log, name);
  }
});

t.test('more groups than are told apart', async (t) => {
  let page = 0;
  const server = await startRedisServer(t, (command, socket) => {
    if (command.startsWith('SELECT')) return '+OK\r\n';
    if (!command.startsWith('EVAL_RO')) return answering([], KEYSPACE)(command, socket);
    page++;
    const groups = Array.from({ length: 2000 }, (_unused, index) => [`g${page}-${index}`, 1, 10]).flat();
    return list(page % 8 === 0 ? '0' : `${page}`, ...groups);
  });
  const { metrics, verdict } = await probe(GROUPS, server.target);
  t.equal(verdict, 'ok');
  t.equal(metrics['redis_number_of_distinct_key_groups{db="db0"}'], 10_001);
  const counted = Object.values(seriesOf(metrics, /^redis_key_group_count\{db="db0"/));
  t.equal(
    counted.reduce((sum, each) => sum + each, 0),
    16_000,
    'no key is lost',
  );
});

t.test('names of groups that the script would have shortened', async (t) => {
  const groups = list('0', 'g'.repeat(5000), 1, 10);
  const server = await startRedisServer(t, (command, socket) => {
    if (command.startsWith('SELECT')) return '+OK\r\n';
    return command.startsWith('EVAL_RO') ? groups : answering([], KEYSPACE)(command, socket);
  });
  const { metrics } = await probe(GROUPS, server.target);
  const [series = ''] = Object.keys(seriesOf(metrics, /^redis_key_group_count/));
  t.equal(/key_group="(g+)…"/.exec(series)?.[1]?.length, LONGEST_SHOWN);
});

/** As a server with modules says it. */
const MODULES = `# Modules
module:name=search,ver=21005,api=1,filters=0,usedby=[],using=[ReJSON],options=[handle-io-errors]
module:name=ReJSON,ver=20803,api=1,filters=0,usedby=[search],using=[],options=[]
module:ver=1
# search_index
search_number_of_indexes:3
search_gc_total_cycles:5
`;

t.test('modules, indexes of Redis Search, Tile38', async (t) => {
  const server = await startRedisServer(
    t,
    answering([
      ['INFO MODULES', bulk(MODULES.replaceAll('\n', '\r\n'))],
      ['FT._LIST', list('one', 'none', 'two')],
      ['FT.INFO one', list('index_name', 'one', 'num_docs', '12', 'inverted_sz_mb', '0.5', 'number_of_uses', 4)],
      ['FT.INFO two', list('index_name', 'two', 'num_docs', '-nan')],
      ['FT.INFO none', list('index_name', 'none')],
      ['SERVER EXT', list('alloc_bytes', '1000', 'tile38_read_only', 'false', 'num_points', 5, 'go_version', 'go1')],
    ]),
  );
  const { metrics, verdict } = await probe(
    `prober: redis\nredis: {modules: true, search_indexes: "^(one|two)${'x?'.repeat(2000)}$", tile38: true}`,
    server.target,
  );
  t.equal(verdict, 'ok');
  t.match(metrics, {
    'redis_module_info{api="1",filters="0",name="search",usedby="[]",using="[ReJSON]",ver="21005"}': 1,
    'redis_module_info{api="1",filters="0",name="ReJSON",usedby="[search]",using="[]",ver="20803"}': 1,
    redis_search_number_of_indexes: 3,
    redis_search_gc_cycles_total: 5,
    'redis_search_index_num_docs{index_name="one"}': 12,
    'redis_search_index_inverted_size_bytes{index_name="one"}': 524_288,
    'redis_search_index_number_of_uses_total{index_name="one"}': 4,
    'redis_search_index_cleaning{index_name="one"}': 0,
    redis_tile38_mem_alloc_bytes: 1000,
    redis_tile38_read_only: 0,
    redis_tile38_num_points_total: 5,
  });
  t.notOk('redis_search_index_num_docs{index_name="two"}' in metrics, 'what is no number costs itself');
  t.notMatch(Object.keys(metrics).join('\n'), /index_name="none"/);
  t.equal(Object.keys(seriesOf(metrics, /^redis_module_info/)).length, 2);
});

t.test('a key whose name is not UTF-8 is counted, and not looked at under another name', async (t) => {
  const asked: string[] = [];
  const raw = Buffer.from('k\xff\xfe', 'latin1').toString('latin1');
  const page = `*2\r\n${bulk('0')}*2\r\n$3\r\n${raw}\r\n${bulk('kk')}`;
  const server = await startRedisServer(t, (command, socket) => {
    asked.push(command);
    return answering([
      ['SELECT', '+OK\r\n'],
      ['SCAN', page],
      ['TYPE', '+none\r\n'],
    ])(command, socket);
  });
  const { metrics } = await probe('prober: redis\nredis: {check_keys: ["k*"], count_keys: ["k*"]}', server.target);
  t.same(seriesOf(metrics, /^redis_key_size/), { 'redis_key_size{db="db0",key="kk"}': 0 });
  t.equal(metrics['redis_keys_count{db="db0",key="k*"}'], 2);
  t.equal(asked.filter((command) => command.startsWith('TYPE')).length, 1);
});

t.test('keys that a request names', async (t) => {
  const asked: string[] = [];
  const server = await startRedisServer(t, (command, socket) => {
    asked.push(command);
    return answering([
      ['SELECT', '+OK\r\n'],
      ['TYPE', '+none\r\n'],
    ])(command, socket);
  });
  const params = { 'check-single-keys': 'one,db2=two', 'count-keys': '' };
  const own = 'check_single_keys: [own]';
  const closed = await probe(`prober: redis\nredis: {${own}}`, server.target, { params });
  t.same(Object.keys(seriesOf(closed.metrics, /^redis_key_size/)), ['redis_key_size{db="db0",key="own"}']);
  t.match(closed.log, /Parameters that name keys are not served.*check-single-keys/);
  const open = await probe(`prober: redis\nredis: {${own}, keys_by_parameters: true}`, server.target, { params });
  t.same(Object.keys(seriesOf(open.metrics, /^redis_key_size/)), [
    'redis_key_size{db="db0",key="one"}',
    'redis_key_size{db="db2",key="two"}',
  ]);
  const none = await probe(`prober: redis\nredis: {${own}, keys_by_parameters: true}`, server.target);
  t.same(Object.keys(seriesOf(none.metrics, /^redis_key_size/)), ['redis_key_size{db="db0",key="own"}']);
});

t.test('what is long or doubled in a line', async (t) => {
  const stats = '# Commandstats\r\ncmdstat_get:calls=1,usec=2\r\n# Latencystats\r\nlatency_percentiles_usec_get:';
  const server = await startRedisServer(
    t,
    answering(
      [['CLIENT LIST', bulk(`id=1 addr=a:1 ${'x '.repeat(300_000)}name=far\n`)]],
      `${SMALL_INFO}${stats}p50=1,p50.0=2,p99=3\r\n# Keyspace\r\ndb0:keys${'='.repeat(300_000)}\r\n`,
    ),
  );
  const { metrics, verdict, outcome } = await probe('prober: redis\nredis: {client_list: true}', server.target);
  t.equal(verdict, 'ok');
  const [summary] = outcome.metrics.added;
  t.same(
    summary?.samples.flatMap((sample) => (sample.kind === 'summary' ? sample.quantiles : [])),
    [
      { quantile: 50, value: 2 },
      { quantile: 99, value: 3 },
    ],
    'no quantile twice',
  );
  t.match(
    Object.keys(metrics).join('\n'),
    /redis_connected_client_info\{.*id="1",name=""/,
    'fields far behind are not read',
  );
});
