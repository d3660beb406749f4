import t, { type Test } from 'tap';
import { findPostgresExporter, NO_POSTGRES_EXPORTER } from '../../helpers/peer.js';
import { until } from '../../helpers/until.js';
import { startPostgres, startStandby } from '../servers/databases.js';
import { fillPostgres, openSession, startPostgresLoad } from '../servers/postgres-load.js';
import { findServer, makePlace } from '../servers/real-server.js';
import { findDifferences, type Wobble } from './exporter-comparison.js';
import { scrape, startPair } from './exporter-peers.js';
import { KNOWN_THERE, MORE_FLAGS, WOBBLES } from './postgres-differences.js';

t.setTimeout(500_000);

const [postgres, initdb] = ['postgres', 'initdb'].map(findServer);
const peer = findPostgresExporter();
const missing = postgres === undefined || initdb === undefined;
const skip = peer === undefined ? NO_POSTGRES_EXPORTER : missing && 'not here: postgres, initdb (see .ci/servers)';

/** Times that pass, and positions, which move in steps. */
const WOBBLES_HERE: readonly Wobble[] = [
  ...WOBBLES,
  { family: /^pg_replication_(?:lag|last_replay)_seconds$/, part: 0, amount: 5 },
  { family: /^pg_stat_replication_pg_wal_lsn_diff$|^pg_replication_slots_pg_wal_lsn_diff$/, part: 1, amount: 1e6 },
];

/** What a scrape of a standby must have, and one of the server that it follows. */
const OF_STANDBY = [
  /^pg_replication_is_replica 1$/m,
  /^pg_stat_wal_receiver_received_tli\{slot_name="standby",status="streaming",upstream_host="127\.0\.0\.1"\} 1$/m,
  /^pg_stat_wal_receiver_flushed_lsn\{.*\} [1-9]/m,
  /^pg_scrape_collector_success\{collector="stat_wal_receiver"\} 1$/m,
];
const OF_PRIMARY = [
  /^pg_replication_is_replica 0$/m,
  /^pg_replication_slot_slot_is_active\{slot_name="standby",slot_type="physical"\} 1$/m,
  /^pg_stat_replication_pg_wal_lsn_diff\{application_name="walreceiver",client_addr="127\.0\.0\.1",.*state="streaming"\}/m,
];

t.test('a standby, and the server that it follows', { skip }, async (t) => {
  if (peer === undefined || postgres === undefined || initdb === undefined) return;
  const place = await makePlace(t);
  const primary = await startPostgres(t, [postgres, initdb], place);
  await fillPostgres(t, primary.target);
  const session = await openSession(t, primary.target);
  const standby = await startStandby(t, postgres, place, { primary, session, slot: 'standby' });
  await untilStreaming(t, standby.target);
  await startPostgresLoad(t, primary.target);
  for (const [name, { target }, patterns] of [
    ['standby', standby, OF_STANDBY],
    ['primary', primary, OF_PRIMARY],
  ] as const) {
    const env = { DATA_SOURCE_NAME: `postgresql://monitor:secret@${target}/postgres?sslmode=disable` };
    const { theirs, ours } = await startPair(t, { peer, command: 'postgres', args: MORE_FLAGS, env });
    const scrapeAll = async () => ({
      before: await scrape(t, theirs.address, '/metrics'),
      ours: await scrape(t, ours.address, '/metrics'),
      after: await scrape(t, theirs.address, '/metrics'),
    });
    await scrape(t, theirs.address, '/metrics');
    await scrape(t, ours.address, '/metrics');
    t.same(await findDifferences(scrapeAll, { name, wobbles: WOBBLES_HERE, known: KNOWN_THERE }), [], name);
    const families = await scrape(t, ours.address, '/metrics');
    const text = [...families.values()]
      .flatMap(({ series }) => [...series].map(([each, value]) => `${each} ${value}`))
      .join('\n');
    for (const pattern of patterns) t.match(text, pattern, name);
    await ours.stop();
    await theirs.stop();
  }
});

/** A standby takes sessions before it has found the other server. */
async function untilStreaming(t: Test, target: string): Promise<void> {
  const session = await openSession(t, target);
  await until(async () => {
    const { rowCount } = await session.query("SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'");
    return rowCount === 1;
  }, 'the standby finds the server that it is to follow');
  await session.end();
}
