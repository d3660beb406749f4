import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import * as mysql from '../../helpers/servers/mysql-server.js';
import * as pg from '../../helpers/servers/postgres-server.js';
import { startChildService } from '../../helpers/services/child-service.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { until } from '../../helpers/until.js';

t.setTimeout(300_000);

const SONDE = fileURLToPath(new URL('../../../../bin/sonde', import.meta.url));
/** Several of them have room beside each other, but not all. */
const HEAP_MIB = 224;
const PROBES = 20;
const TABLES = Array.from({ length: 10_000 }, (_none, index) => `table${index}`);

const startPostgres = (t: Test) => {
  const columns = 30;
  const rows = TABLES.map((name) => pg.row(...Array.from({ length: columns }, () => name)));
  const answer = Buffer.concat([pg.columns(columns), ...rows, pg.DONE]);
  return pg.startPgServer(t, (sql, socket) =>
    sql.includes('pg_stat_user_tables') ? answer : pg.ONLY_VERSION(sql, socket),
  );
};

const startMysql = (t: Test) => {
  const names = Array.from({ length: 10 }, (_none, index) => `c${index}`);
  const answer = mysql.table(
    names,
    TABLES.map((name) => [name, name, ...names.slice(2).map(() => '1')]),
  );
  return mysql.startMysqlServer(t, (sql, socket) =>
    sql.includes('table_io_waits_summary_by_table') ? answer : mysql.ONLY_VERSION(sql, socket),
  );
};

const LOGIN = `{username: a, password: b, credentials_for: ['127.0.0.1']}`;
const MODULES = `modules:
  postgres: {prober: postgres, timeout: 100s, postgres: ${LOGIN}}
  mysql: {prober: mysql, timeout: 100s, mysql: {username: a, password: b, credentials_for: ['127.0.0.1'], collectors: {perf_schema.tableiowaits: true}}}
`;

const ROWS = [
  { name: 'PostgreSQL', module: 'postgres', start: startPostgres, args: [] },
  { name: 'MySQL', module: 'mysql', start: startMysql, args: [] },
  { name: 'PostgreSQL, with workers', module: 'postgres', start: startPostgres, args: ['--workers=2'] },
];

for (const { name, module, start, args } of ROWS) {
  t.test(`many probes of a large server at once leave the process alive: ${name}`, async (t) => {
    const config = path.join(t.testdir({ 'b.yml': MODULES }), 'b.yml');
    const { target } = await start(t);
    const service = await startChildService({
      command: process.execPath,
      args: [SONDE, `--config.file=${config}`, '--web.listen-address=127.0.0.1:0', ...args],
      ready: /Sonde is ready" addresses=(\S+)/,
      env: { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` },
    });
    t.teardown(() => service.stop('SIGKILL'));
    const probe = async (): Promise<string> => {
      const { status, text } = await httpGet(service.address, `/probe?module=${module}&target=${target}`);
      const reason = /^probe_failure_info\{.*reason="(\w+)"\} 1$/m.exec(text)?.[1];
      const successes = text.match(/^probe_success .*$/gm);
      return `${status} ${successes?.join()} ${reason ?? ''}`.trim();
    };
    const results = await Promise.all(Array.from({ length: PROBES }, probe));
    const good = results.filter((result) => result === '200 probe_success 1').length;
    const refused = results.filter((result) => result === '200 probe_success 0 overloaded').length;
    t.equal(good + refused, PROBES, results.join('\n'));
    await until(async () => (await probe()) === '200 probe_success 1', 'there is room once they are over');
  });
}
