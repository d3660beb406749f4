import t, { type Test } from 'tap';
import type { ExposedFamily } from '../../helpers/exposition.js';
import { findPostgresExporter, NO_POSTGRES_EXPORTER, startSonde } from '../../helpers/peer.js';
import { closedPort } from '../../helpers/servers/stream-server.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { until } from '../../helpers/until.js';
import { startPostgres } from '../servers/databases.js';
import { fillPostgres, openSession, startPostgresLoad } from '../servers/postgres-load.js';
import { findServer, makePlace, writeFor } from '../servers/real-server.js';
import { findDifferences, type KnownDifference, type Scrapes, wrongUp } from './exporter-comparison.js';
import { scrape, startPair, startRealExporter } from './exporter-peers.js';
import { KNOWN, KNOWN_THERE, MORE_COLLECTORS, MORE_FLAGS, WOBBLES } from './postgres-differences.js';

t.setTimeout(500_000);

const [postgres, initdb] = ['postgres', 'initdb'].map(findServer);
const peer = findPostgresExporter();
const missing = postgres === undefined || initdb === undefined;
const skip = peer === undefined ? NO_POSTGRES_EXPORTER : missing && 'not here: postgres, initdb (see .ci/servers)';

interface Case {
  readonly name: string;
  readonly target: string;
  /** How both programs log in. */
  readonly module: string;
  readonly up: 0 | 1;
}

t.test('the same metrics of the same server at the same moment', { skip }, async (t) => {
  if (peer === undefined || postgres === undefined || initdb === undefined) return;
  const place = await makePlace(t);
  const server = await startPostgres(t, [postgres, initdb], place);
  const { target } = server;
  await fillPostgres(t, target);
  const stopLoad = await startPostgresLoad(t, target);
  const theirs = await startRealExporter(t, peer, [
    `--config.file=${writeFor(place.folder, 'postgres_exporter.yml', authModules(place.ca))}`,
    ...MORE_FLAGS,
  ]);
  const ours = await startSonde([`--config.file=${writeFor(place.folder, 'blackbox.yml', modules(place.ca))}`]);
  t.teardown(() => ours.stop());
  const met = new Set<KnownDifference>();
  const compare = (name: string, up: 0 | 1, module: string, at = target) =>
    compareCase(t, { theirs: theirs.address, ours: ours.address, met }, { name, target: at, module, up });

  await compare('the database that there always is', 1, 'monitor', `${target}/postgres`);
  await compare('a second database', 1, 'super', `${target}/second`);
  await compare('TLS', 1, 'monitor_tls', `${target}/postgres`);
  await compare('a role without pg_monitor', 1, 'blind', `${target}/postgres`);

  await compare('nobody listens', 0, 'monitor', await closedPort());
  await compare('wrong password', 0, 'wrong');
  await compare('a role that does not exist', 0, 'nobody');
  await compare('a database that does not exist', 0, 'monitor', `${target}/nope`);
  await compare('a database that the role may not connect to', 0, 'blind', `${target}/second`);
  await compare('TLS of an authority that is not known', 0, 'distrusting', `${target}/postgres`);

  server.allow('hostssl all all 127.0.0.1/32 scram-sha-256\n');
  await untilRefused(target);
  await compare('TLS is required', 0, 'monitor', `${target}/postgres`);
  await compare('TLS is required, and spoken', 1, 'monitor_tls', `${target}/postgres`);
  server.allow('host all all 127.0.0.1/32 scram-sha-256\n');
  await until(() => takesSessions(t, target), 'the server takes everybody again');

  await stopLoad();
  const sessions = [];
  for (let count = 0; count < 8; count++) sessions.push(await openSession(t, target));
  await compare('too many connections', 0, 'monitor', `${target}/postgres`);
  for (const session of sessions) await session.end();
  await server.stop();
  await compare('the server is stopped', 0, 'monitor', `${target}/postgres`);
  for (const difference of KNOWN) t.ok(met.has(difference), `still so: ${difference.reason}`);
});

t.test('`sonde postgres` in its place: both paths, texts and status codes', { skip }, async (t) => {
  if (peer === undefined || postgres === undefined || initdb === undefined) return;
  const place = await makePlace(t);
  const { target } = await startPostgres(t, [postgres, initdb], place);
  await fillPostgres(t, target);
  await startPostgresLoad(t, target);
  const file = writeFor(place.folder, 'postgres_exporter.yml', authModules(place.ca));
  const args = [`--config.file=${file}`, ...MORE_FLAGS];
  const env = {
    DATA_SOURCE_URI: `${target}/postgres?sslmode=disable`,
    DATA_SOURCE_USER: 'monitor',
    DATA_SOURCE_PASS: 'secret',
  };
  const theirs = await startRealExporter(t, peer, args, env);
  const credentials = '--postgres.credentials-for=127.0.0.1';
  const ours = await startSonde([...args, credentials], { command: 'postgres', env });
  t.teardown(() => ours.stop());
  const paths = [
    '/metrics',
    // It names no server there.
    `/metrics?target=${await closedPort()}`,
    `/probe?target=${target}/postgres&auth_module=monitor`,
    `/probe?target=${target}/postgres&auth_module=monitor_tls`,
    `/probe?target=${target}&auth_module=super`,
    `/probe?target=${target}&auth_module=wrong`,
    `/probe?target=${await closedPort()}&auth_module=monitor`,
  ];
  for (const path of paths) {
    await scrape(t, ours.address, path);
    const scrapeAll = async () => ({
      before: await scrape(t, theirs.address, path),
      ours: await scrape(t, ours.address, path),
      after: await scrape(t, theirs.address, path),
    });
    t.same(await findDifferences(scrapeAll, { name: path, wobbles: WOBBLES, known: KNOWN_THERE }), [], path);
  }
  for (const path of ['/probe', '/probe?target=', `/probe?target=${target}&auth_module=nope`, '/probe?target=%zz']) {
    const [one, other] = [await httpGet(theirs.address, path), await httpGet(ours.address, path)];
    t.same({ status: other.status, text: other.text }, { status: one.status, text: one.text }, path);
    t.equal(one.status, 400, path);
  }
});

/** What is asked for beside the defaults, or not at all. */
const FLAGS: readonly (readonly string[])[] = [
  [
    '--collector.stat_statements',
    '--collector.stat_statements.include_query',
    '--collector.stat_statements.query_length=30',
    '--collector.stat_statements.limit=7',
  ],
  [
    '--collector.stat_statements',
    '--collector.stat_statements.include_query',
    '--collector.stat_statements.exclude_users=blind,monitor',
    "--collector.stat_statements.exclude_databases=second,it's",
  ],
  ['--collector.stat_statements', '--collector.stat_statements.exclude_users=postgres'],
  ['--constantLabels=a=b, zone=c d', '--exclude-databases=template1,second'],
  ['--disable-default-metrics', '--no-collector.locks'],
  ['--disable-settings-metrics', '--auto-discover-databases', '--include-databases=postgres'],
];

t.test('the flags that choose what is shown', { skip }, async (t) => {
  if (peer === undefined || postgres === undefined || initdb === undefined) return;
  const place = await makePlace(t);
  const { target } = await startPostgres(t, [postgres, initdb], place);
  await fillPostgres(t, target);
  await startPostgresLoad(t, target);
  const env = { DATA_SOURCE_NAME: `postgresql://monitor:secret@${target}/postgres?sslmode=disable` };
  for (const args of FLAGS) {
    const name = args.join(' ');
    const { theirs, ours } = await startPair(t, { peer, command: 'postgres', args, env });
    await scrape(t, theirs.address, '/metrics');
    await scrape(t, ours.address, '/metrics');
    const scrapeAll = async () => ({
      before: await scrape(t, theirs.address, '/metrics'),
      ours: await scrape(t, ours.address, '/metrics'),
      after: await scrape(t, theirs.address, '/metrics'),
    });
    t.same(await findDifferences(scrapeAll, { name, wobbles: WOBBLES, known: KNOWN_THERE }), [], name);
    await ours.stop();
    await theirs.stop();
  }
});

/** What the file of queries of both programs asks for. */
const QUERIES = `
my:
  query: "SELECT current_database() AS db, 'x' AS txt, true AS flag, true AS yes, null::int AS nul, timestamptz '2026-01-02
    03:04:05.6+05:30' AS at, date '2026-01-02' AS day, 1.5::numeric AS num, 3 AS extra, interval '1 hour' AS iv, 1e20 AS big"
  metrics:
    - db: {usage: LABEL, description: the database}
    - yes: {usage: LABEL, description: a switch}
    - day: {usage: LABEL, description: a day}
    - flag: {usage: COUNTER, description: a flag}
    - nul: {usage: GAUGE, description: NULL}
    - at: {usage: GAUGE, description: a time}
    - num: {usage: GAUGE}
    - txt: {usage: DISCARD, description: nothing}
my_main:
  master: true
  cache_seconds: 3600
  query: "SELECT current_database() AS db, extract(epoch FROM clock_timestamp()) AS asked_at"
  metrics:
    - db: {usage: LABEL}
    - asked_at: {usage: GAUGE, description: when}
my_histogram:
  query: "SELECT current_database() AS db, ARRAY[0.1,0.5,1]::float8[] AS h, ARRAY[1,2,3]::bigint[] AS h_bucket, 6.5 AS h_sum, 4 AS h_count"
  metrics:
    - db: {usage: LABEL}
    - h: {usage: HISTOGRAM, description: a histogram}
my_refused:
  query: SELECT nope
my_later:
  runonserver: ">=99.0.0"
  query: "SELECT current_database() AS db, '5' AS took"
  metrics:
    - db: {usage: LABEL}
    - took: {usage: DURATION, description: text}
pg_stat_archiver:
  query: "SELECT current_database() AS db, 7 AS archived_count"
  metrics:
    - db: {usage: LABEL}
    - archived_count: {usage: GAUGE, description: mine}
`;

t.test('custom queries, several data sources, several databases', { skip }, async (t) => {
  if (peer === undefined || postgres === undefined || initdb === undefined) return;
  const place = await makePlace(t);
  const { target } = await startPostgres(t, [postgres, initdb], place);
  await fillPostgres(t, target);
  const source = (at: string, database: string) => `postgresql://monitor:secret@${at}/${database}?sslmode=disable`;
  const main = source(target, 'postgres');
  const elsewhere = source(target.replace('127.0.0.1', 'localhost'), 'postgres');
  const queries = `--extend.query-path=${writeFor(place.folder, 'queries.yaml', QUERIES)}`;
  const logins = `--config.file=${writeFor(place.folder, 'postgres_exporter.yml', authModules(place.ca))}`;
  const few = ['--disable-default-metrics', '--disable-settings-metrics'];
  const rows = [
    { name: 'one server', sources: [main], args: [queries, logins] },
    { name: 'all databases', sources: [main], args: [queries, '--auto-discover-databases'] },
    {
      name: 'all databases but one',
      sources: [main],
      args: [queries, '--auto-discover-databases', '--exclude-databases=second'],
    },
    {
      name: 'some databases',
      sources: [main],
      args: [queries, '--auto-discover-databases', '--include-databases=second'],
    },
    { name: 'two servers', sources: [main, elsewhere], args: [queries, '--constantLabels=zone=c'] },
    { name: 'two databases of one server', sources: [main, source(target, 'second')], args: [queries, ...few] },
    { name: 'the first is down', sources: [source(await closedPort(), 'x'), main], args: [queries] },
    { name: 'the second is down', sources: [main, source(await closedPort(), 'x')], args: [queries] },
  ];
  for (const { name, sources, args } of rows) {
    const env = { DATA_SOURCE_NAME: sources.join(',') };
    const { theirs, ours } = await startPair(t, { peer, command: 'postgres', args, env });
    const scrapeAll = async () => ({
      before: await scrape(t, theirs.address, '/metrics'),
      ours: await scrape(t, ours.address, '/metrics'),
      after: await scrape(t, theirs.address, '/metrics'),
    });
    await scrape(t, theirs.address, '/metrics');
    await scrape(t, ours.address, '/metrics');
    const known = [
      ...KNOWN_THERE,
      { line: /value of my_main_asked_at/, reason: 'each keeps its own answer' },
      {
        line: /^two servers: series only in Sonde: pg_stat_activity_\w+\{application_name="sonde"/,
        reason: 'both names are of one server, so each session sees the other',
      },
    ];
    const wobbles = WOBBLES;
    t.same(await findDifferences(scrapeAll, { name, wobbles, known }), [], name);
    const [first, second] = [await scrape(t, ours.address, '/metrics'), await scrape(t, ours.address, '/metrics')];
    t.ok((first.get('my_num')?.series.size ?? 0) > 0, name);
    t.same(first.get('my_main_asked_at')?.series, second.get('my_main_asked_at')?.series, 'the answer is kept');
    await ours.stop();
    await theirs.stop();
  }
});

interface Login {
  readonly name: string;
  readonly user: string;
  readonly password: string;
  readonly sslmode: 'disable' | 'require' | 'verify-full';
}

const LOGINS: readonly Login[] = [
  { name: 'monitor', user: 'monitor', password: 'secret', sslmode: 'disable' },
  { name: 'monitor_tls', user: 'monitor', password: 'secret', sslmode: 'verify-full' },
  { name: 'super', user: 'postgres', password: 'x', sslmode: 'disable' },
  { name: 'blind', user: 'blind', password: 'secret', sslmode: 'disable' },
  { name: 'wrong', user: 'monitor', password: 'nonsense', sslmode: 'disable' },
  { name: 'nobody', user: 'nobody', password: 'secret', sslmode: 'disable' },
  { name: 'distrusting', user: 'monitor', password: 'secret', sslmode: 'verify-full' },
];

/** The file of postgres_exporter. JSON is YAML. */
function authModules(ca: string): string {
  const entries = LOGINS.map(({ name, user, password, sslmode }) => {
    const trust = sslmode === 'verify-full' && name !== 'distrusting' ? { sslrootcert: ca } : {};
    return [
      name,
      { type: 'userpass', userpass: { username: user, password }, options: { sslmode, ...trust } },
    ] as const;
  });
  return JSON.stringify({ auth_modules: Object.fromEntries(entries) });
}

/** The logins as modules of Sonde. */
function modules(ca: string): string {
  const collectors = Object.fromEntries(MORE_COLLECTORS.map((name) => [name, true]));
  const entries = LOGINS.map(({ name, user, password, sslmode }) => {
    const login = { username: user, password, credentials_for: ['127.0.0.1'] };
    const tls = { tls: sslmode !== 'disable', tls_config: name === 'distrusting' ? {} : { ca_file: ca } };
    return [name, { prober: 'postgres', timeout: '20s', postgres: { ...login, ...tls, collectors } }] as const;
  });
  return JSON.stringify({ modules: Object.fromEntries(entries) });
}

async function takesSessions(t: Test, target: string): Promise<boolean> {
  return openSession(t, target).then(
    async (session) => {
      // Each is a process of the server, which takes ten of them.
      await session.end();
      return true;
    },
    () => false,
  );
}

/** The server reads its rules in its own time. */
async function untilRefused(target: string): Promise<void> {
  await until(async () => !(await takesSessions(t, target)), 'the server no longer takes everybody');
}

interface Both {
  readonly theirs: string;
  readonly ours: string;
  readonly met: Set<KnownDifference>;
}

/** The first scrapes of both leave what they do in the statistics of the server, the three that follow are compared. */
async function compareCase(t: Test, { theirs, ours, met }: Both, { name, target, module, up }: Case): Promise<void> {
  const their = () => scrape(t, theirs, `/probe?target=${encodeURIComponent(target)}&auth_module=${module}`);
  const own = () => scrape(t, ours, `/probe?target=${encodeURIComponent(target)}&module=${module}`);
  await their();
  await own();
  const scrapeAll = async () => {
    const [before, mine, after] = [await their(), await own(), await their()];
    return { before, ours: withoutProbe(mine), after };
  };
  const lacking = (scrapes: Scrapes): readonly string[] => [
    ...wrongUp(scrapes, 'pg_up', up),
    ...(up === 1 ? lackingLoad(name, scrapes.ours) : []),
  ];
  const differences = await findDifferences(scrapeAll, { name, wobbles: WOBBLES, known: KNOWN, met, lacking });
  t.same(differences, [], `${name}: no other differences`);
}

/** What is missing of the load: the comparison is to be of something. */
function lackingLoad(name: string, families: ReadonlyMap<string, ExposedFamily>): readonly string[] {
  const few = families.size > 200 ? [] : [`only ${families.size} families`];
  // A role without pg_monitor does not see the sessions of others.
  if (name.startsWith('a role')) return few;
  const sessions = [...(families.get('pg_stat_activity_max_tx_duration')?.series ?? [])];
  const missing = [/state="idle in transaction"/, /wait_event_type="Lock"/].filter(
    (state) => !sessions.some(([series, value]) => state.test(series) && Number(value) > 0),
  );
  return [...few, ...missing.map(({ source }) => `no session that lasts with ${source}`)];
}

/** What the prober measures on its way, as every prober does. */
function withoutProbe(families: ReadonlyMap<string, ExposedFamily>): ReadonlyMap<string, ExposedFamily> {
  return new Map([...families].filter(([name]) => !name.startsWith('probe_')));
}
