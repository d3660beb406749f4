import type { Connection, RowDataPacket } from 'mysql2/promise';
import t, { type Test } from 'tap';
import type { ExposedFamily } from '../../helpers/exposition.js';
import { findMysqldExporter, NO_MYSQLD_EXPORTER, type Peer, startSonde } from '../../helpers/peer.js';
import { recordedServer } from '../../helpers/servers/mysql-recorded.js';
import { startMysqlServer } from '../../helpers/servers/mysql-server.js';
import { closedPort } from '../../helpers/servers/stream-server.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { until } from '../../helpers/until.js';
import {
  fillMariadb,
  type MariadbServer,
  openMariadb,
  registerReplica,
  startMariadbLoad,
  startMariadbServer,
} from '../servers/mariadb-load.js';
import { startMysql } from '../servers/mysql.js';
import { findServer, makePlace, type Place, writeFor } from '../servers/real-server.js';
import { findDifferences, type Scrapes, wrongUp } from './exporter-comparison.js';
import { scrape, startPair, startRealExporter } from './exporter-peers.js';
import { KNOWN, WOBBLES } from './mysql-differences.js';

t.setTimeout(500_000);

/** Those of both that are off unless asked for. */
const MORE_COLLECTORS = [
  'engine_innodb_status',
  'engine_tokudb_status',
  'heartbeat',
  'info_schema.innodb_tablespaces',
  'info_schema.processlist',
  'info_schema.replica_host',
  'info_schema.rocksdb_perf_context',
  'mysql.user',
  'perf_schema.eventsstatements',
  'perf_schema.replication_applier_status_by_worker',
  'perf_schema.replication_group_member_stats',
  'perf_schema.replication_group_members',
  'slave_hosts',
  'auto_increment.columns',
  'info_schema.schemastats',
  'info_schema.tables',
  'info_schema.tablestats',
  'binlog_size',
  'info_schema.innodb_metrics',
  'info_schema.clientstats',
  'info_schema.userstats',
  'perf_schema.eventsstatementssum',
  'perf_schema.eventswaits',
  'perf_schema.file_events',
  'perf_schema.file_instances',
  'perf_schema.indexiowaits',
  'perf_schema.memory_events',
  'perf_schema.tableiowaits',
  'perf_schema.tablelocks',
  'sys.user_summary',
];

const mariadbd = findServer('mariadbd');
const peer = findMysqldExporter();
const skip = peer === undefined ? NO_MYSQLD_EXPORTER : mariadbd === undefined && 'not here: mariadbd (see .ci/servers)';

interface Case {
  readonly name: string;
  readonly target: string;
  /** Of both: how they log in. */
  readonly module: string;
  readonly up: 0 | 1;
  /** Families of Sonde that are not of the probe, where the server is up. */
  readonly atLeast?: number;
}

t.test('the same metrics of the same server at the same moment', { skip }, async (t) => {
  if (peer === undefined || mariadbd === undefined) return;
  const place = await makePlace(t);
  const server = await startMariadbServer(t, mariadbd, place);
  await fillMariadb(t, server);
  await registerReplica(t, server);
  const stopLoad = await startMariadbLoad(t, server);
  const theirs = await startPeer(t, peer, place);
  const ours = await startSonde([`--config.file=${writeFor(place.folder, 'blackbox.yml', modules(place.ca))}`]);
  t.teardown(() => ours.stop());
  const compare = (name: string, up: 0 | 1, module: string, target = server.target) =>
    compareCase(t, { theirs: theirs.address, ours: ours.address }, { name, target, module, up });

  await compare('all rights', 1, 'monitor');
  await compare('TLS', 1, 'monitor_tls');
  await compare('a user who has to use TLS', 1, 'guarded_tls');
  await compare('no rights', 1, 'blind');
  await compare('the socket', 1, 'monitor', `unix://${server.socket}`);

  await compare('nobody listens', 0, 'monitor', await closedPort());
  await compare('wrong password', 0, 'wrong');
  await compare('a user who does not exist', 0, 'nobody');
  await compare('a user who has to use TLS and does not', 0, 'guarded');
  await compare('TLS of an authority that is not known', 0, 'distrusting');

  const root = await openMariadb(t, server);
  await root.query('SET GLOBAL require_secure_transport = ON');
  await compare('TLS is required', 0, 'monitor');
  await compare('TLS is required, and spoken', 1, 'monitor_tls');
  await root.query('SET GLOBAL require_secure_transport = OFF');

  await stopLoad();
  await untilAlone(root);
  await fillUp(t, server);
  await compare('too many connections', 0, 'monitor');
  await server.stop();
  await compare('the server is stopped', 0, 'monitor');
});

t.test('`sonde mysql` in its place: both paths, texts and status codes', { skip }, async (t) => {
  if (peer === undefined || mariadbd === undefined) return;
  const place = await makePlace(t);
  const server = await startMariadbServer(t, mariadbd, place);
  const { target } = server;
  await fillMariadb(t, server);
  await startMariadbLoad(t, server);
  const args = [`--mysqld.address=${target}`, '--mysqld.username=monitor', ...ASKED_OTHERWISE];
  const env = { MYSQLD_EXPORTER_PASSWORD: 'secret' };
  const file = `--config.my-cnf=${writeFor(place.folder, 'more.cnf', '[blind]\nuser=blind\npassword=secret\n')}`;
  const theirs = await startRealExporter(t, peer, [...args, file], env);
  const ours = await startSonde([...args, file, '--mysqld.credentials-for=127.0.0.1'], { command: 'mysql', env });
  t.teardown(() => ours.stop());
  for (const path of [
    '/metrics',
    '/metrics?collect[]=global_status&collect[]=slave_status',
    '/metrics?collect[]=nothing',
    `/probe?target=${target}`,
    `/probe?target=${target}&auth_module=blind`,
    `/probe?target=${target}&auth_module=blind&collect[]=global_variables`,
    `/probe?target=${await closedPort()}`,
  ]) {
    await scrape(t, ours.address, path);
    const scrapeAll = async () => ({
      before: await scrape(t, theirs.address, path),
      ours: await scrape(t, ours.address, path),
      after: await scrape(t, theirs.address, path),
    });
    t.same(await findDifferences(scrapeAll, { name: path, wobbles: WOBBLES, known: KNOWN }), [], path);
  }
  for (const path of [
    '/probe',
    '/probe?target=',
    '/probe?target=%zz',
    '/probe?target=127.0.0.1',
    `/probe?target=${target}&auth_module=nope`,
  ]) {
    const [one, other] = [await httpGet(theirs.address, path), await httpGet(ours.address, path)];
    t.same({ status: other.status, text: other.text }, { status: one.status, text: one.text }, path);
    t.equal(one.status, 400, path);
  }
});

t.test('the log of slow queries has no scrapes where --exporter.log_slow_filter says so', { skip }, async (t) => {
  if (peer === undefined || mariadbd === undefined) return;
  const place = await makePlace(t);
  const server = await startMariadbServer(t, mariadbd, place);
  await fillMariadb(t, server);
  const root = await openMariadb(t, server);
  const settings = "log_output = 'TABLE', GLOBAL long_query_time = 0, GLOBAL slow_query_log = ON";
  await root.query(`SET GLOBAL ${settings}`);
  const logged = async (): Promise<number> => {
    // A statement comes to the log after its answer has been sent.
    const working = "SELECT command FROM information_schema.processlist WHERE user = 'monitor' AND command <> 'Sleep'";
    await until(async () => (await root.query<RowDataPacket[]>(working))[0].length === 0, 'nobody asks any more');
    const sql = "SELECT count(*) AS n FROM mysql.slow_log WHERE user_host LIKE 'monitor%'";
    const [rows] = await root.query<RowDataPacket[]>(sql);
    await root.query('SET GLOBAL slow_query_log = OFF; TRUNCATE mysql.slow_log; SET GLOBAL slow_query_log = ON');
    return Number(rows[0]?.['n']);
  };
  const env = { MYSQLD_EXPORTER_PASSWORD: 'secret' };
  const found: number[][] = [];
  for (const more of [[], ['--exporter.log_slow_filter']]) {
    const args = [`--mysqld.address=${server.target}`, '--mysqld.username=monitor', ...more];
    const counts: number[] = [];
    const { theirs, ours } = await startPair(t, { peer, command: 'mysql', args, env });
    for (const { address } of [theirs, ours]) {
      t.match((await httpGet(address, '/metrics')).text, /^mysql_up 1$/m);
      counts.push(await logged());
    }
    found.push(counts);
  }
  const [[theirs = 0, ours = 0] = [], filtered = []] = found;
  t.ok(theirs > 5 && ours > 5, `without it: ${theirs}, ${ours}`);
  // What the session begins with is logged before it has the filter, and statements that use the disk are.
  t.ok(
    filtered.every((count) => count < 5),
    `with it: ${filtered.join(', ')}`,
  );
});

t.test('servers that cannot be had, by rows that were recorded', { skip }, async (t) => {
  if (peer === undefined) return;
  const place = await makePlace(t);
  const theirs = await startPeer(t, peer, place);
  const ours = await startSonde([`--config.file=${writeFor(place.folder, 'blackbox.yml', modules(place.ca))}`]);
  t.teardown(() => ours.stop());
  for (const version of ['5.7.44', '8.0.18', '10.4.30-MariaDB']) {
    const { target } = await startMysqlServer(t, recordedServer(version));
    const both = { theirs: theirs.address, ours: ours.address };
    const families = await compareCase(t, both, { name: version, target, module: 'monitor', up: 1, atLeast: 40 });
    for (const name of ['replica_host_lag_seconds', 'rocksdb_perf_context_block_read_byte']) {
      t.ok(families.has(`mysql_info_schema_${name}`), `${version}: ${name}`);
    }
  }
});

const mysqld = process.env['SONDE_MYSQLD'] ?? '';
const skipMysql = skip !== false ? skip : mysqld === '' && 'not here: mysqld of MySQL (see .ci/mysqld)';

t.test('MySQL, in a group of its own', { skip: skipMysql }, async (t) => {
  if (peer === undefined) return;
  const place = await makePlace(t);
  const server = await startMysql(t, mysqld, place);
  await registerReplica(t, server);
  const stopLoad = await startMariadbLoad(t, server);
  const theirs = await startPeer(t, peer, place);
  const ours = await startSonde([`--config.file=${writeFor(place.folder, 'blackbox.yml', modules(place.ca))}`]);
  t.teardown(() => ours.stop());
  const both = { theirs: theirs.address, ours: ours.address };
  const { target } = server;
  const families = await compareCase(t, both, { name: 'MySQL, all rights', target, module: 'monitor', up: 1 });
  for (const name of ['replication_group_member_info', 'transactions_checked_total', 'events_statements_latency']) {
    t.ok(families.has(`mysql_perf_schema_${name}`), name);
  }
  await compareCase(t, both, { name: 'MySQL, no rights', target, module: 'blind', up: 1, atLeast: 500 });
  await stopLoad();
});

/** Collectors that are told what to ask for. */
const ASKED_OTHERWISE = [
  ...['--collect.heartbeat', '--collect.heartbeat.table=other', '--collect.heartbeat.utc'],
  ...['--collect.info_schema.processlist', '--collect.info_schema.processlist.min_time=3'],
  ...['--no-collect.info_schema.processlist.processes_by_host', '--collect.mysql.user'],
  ...['--collect.mysql.user.privileges', '--collect.info_schema.tables'],
  ...['--collect.info_schema.tables.databases=app,mysql', '--collect.perf_schema.eventsstatements'],
  ...['--collect.perf_schema.eventsstatements.limit=2', '--collect.perf_schema.eventsstatements.digest_text_limit=20'],
  ...['--collect.perf_schema.eventsstatements.exclude_schemas=heartbeat', '--collect.perf_schema.file_instances'],
  ...['--collect.perf_schema.file_instances.filter=app/b.*', '--collect.perf_schema.file_instances.remove_prefix=./'],
  ...['--collect.perf_schema.memory_events', '--collect.perf_schema.memory_events.remove_prefix=memory/sql/'],
];

interface Login {
  readonly name: string;
  readonly user: string;
  readonly password: string;
  readonly tls: 'none' | 'verified' | 'not trusted';
}

const LOGINS: readonly Login[] = [
  { name: 'monitor', user: 'monitor', password: 'secret', tls: 'none' },
  { name: 'monitor_tls', user: 'monitor', password: 'secret', tls: 'verified' },
  { name: 'guarded', user: 'guarded', password: 'secret', tls: 'none' },
  { name: 'guarded_tls', user: 'guarded', password: 'secret', tls: 'verified' },
  { name: 'blind', user: 'blind', password: 'secret', tls: 'none' },
  { name: 'wrong', user: 'monitor', password: 'nonsense', tls: 'none' },
  { name: 'nobody', user: 'nobody', password: 'secret', tls: 'none' },
  { name: 'distrusting', user: 'monitor', password: 'secret', tls: 'not trusted' },
];

async function startPeer(t: Test, peer: Peer, { folder, ca }: Place) {
  const sections = LOGINS.map(({ name, user, password, tls }) => {
    const trust = { none: '', verified: `ssl-ca=${ca}\n`, 'not trusted': 'tls=true\n' }[tls];
    return `[${name}]\nuser=${user}\npassword=${password}\n${trust}`;
  });
  const file = writeFor(folder, 'logins.cnf', sections.join(''));
  return startRealExporter(t, peer, [`--config.my-cnf=${file}`, ...MORE_COLLECTORS.map((name) => `--collect.${name}`)]);
}

/** The same as modules of Sonde. */
function modules(ca: string): string {
  const collectors = Object.fromEntries(MORE_COLLECTORS.map((name) => [name, true]));
  const entries = LOGINS.map(({ name, user, password, tls }) => {
    const login = { username: user, password, credentials_for: ['127.0.0.1', '/*'] };
    const over = { tls: tls !== 'none', tls_config: tls === 'verified' ? { ca_file: ca } : {} };
    return [name, { prober: 'mysql', timeout: '20s', mysql: { ...login, ...over, collectors } }] as const;
  });
  return JSON.stringify({ modules: Object.fromEntries(entries) });
}

/** Sessions that a client has left end in the server's own time: here are two left, of `root` and of the replica. */
async function untilAlone(root: Connection): Promise<void> {
  const sql = "SELECT user, command FROM information_schema.processlist WHERE user IN ('root', 'monitor')";
  let left: readonly object[] = [];
  await until(
    async () => {
      [left] = await root.query<RowDataPacket[]>(sql);
      return left.length === 2;
    },
    () => `two sessions are left: ${JSON.stringify(left)}`,
  );
}

/** Root may have one connection more than all others. */
async function fillUp(t: Test, server: MariadbServer): Promise<void> {
  for (let count = 0; count < 20; count++) {
    const error = await openMariadb(t, server).catch((error: unknown) => error);
    if (error instanceof Error) return;
  }
  throw new Error('the server still takes everybody');
}

interface Both {
  readonly theirs: string;
  readonly ours: string;
}

/** The first scrapes of both leave what they do in the statistics of the server, the three that follow are compared. */
async function compareCase(
  t: Test,
  { theirs, ours }: Both,
  { name, target, module, up, atLeast = 700 }: Case,
): Promise<ReadonlyMap<string, ExposedFamily>> {
  const their = () => scrape(t, theirs, `/probe?target=${encodeURIComponent(target)}&auth_module=${module}`);
  const own = () => scrape(t, ours, `/probe?target=${encodeURIComponent(target)}&module=${module}`);
  await their();
  await own();
  const scrapeAll = async () => {
    const [before, mine, after] = [await their(), await own(), await their()];
    return { before, ours: withoutProbe(mine), after };
  };
  const lacking = (scrapes: Scrapes): readonly string[] => [
    ...wrongUp(scrapes, 'mysql_up', up),
    ...(up === 1 && scrapes.ours.size < atLeast ? [`only ${scrapes.ours.size} families`] : []),
  ];
  const differences = await findDifferences(scrapeAll, { name, wobbles: WOBBLES, known: KNOWN, lacking });
  t.same(differences, [], `${name}: no other differences`);
  return own();
}

/** What the prober measures on its way, as every prober does. */
function withoutProbe(families: ReadonlyMap<string, ExposedFamily>): ReadonlyMap<string, ExposedFamily> {
  return new Map([...families].filter(([name]) => !name.startsWith('probe_')));
}
