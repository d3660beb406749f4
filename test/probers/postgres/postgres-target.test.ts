import t from 'tap';
import { readPostgresTarget, serverLabel } from '../../../src/probers/postgres/postgres-target.js';

t.test('the label of a server is that of postgres_exporter', async (t) => {
  for (const [target, label] of [
    ['db', 'db:5432'],
    ['db:5433/base', 'db:5433'],
    ['[::1]:5432', '::1:5432'],
    ['unix:///run/postgresql/.s.PGSQL.5433', '/run/postgresql:5433'],
  ] as const) {
    t.equal(serverLabel(readPostgresTarget(target).server), label, target);
  }
});
