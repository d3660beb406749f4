import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ALL_EXPORTERS } from '../../../src/services/exporters/all-exporters.js';
import { exporterFlags } from '../../../src/services/exporters/exporter-flags.js';
import { REPOSITORY } from '../../helpers/peer.js';

t.test('each flag of the real exporters is known, be it served, warned about or refused', (t) => {
  const file = join(REPOSITORY, 'test/fixtures/exporters/flags.json');
  const lists = new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, readonly string[]>));
  t.same([...lists.keys()].sort(), ALL_EXPORTERS.map(({ name }) => name).sort());
  for (const exporter of ALL_EXPORTERS) {
    const known = new Set(exporterFlags(exporter).map(({ name }) => name));
    const flags = lists.get(exporter.name) ?? [];
    t.ok(flags.length > 10, exporter.name);
    t.same(
      flags.filter((name) => !known.has(name) && !name.startsWith('help')),
      [],
      exporter.name,
    );
    const names = [...known];
    t.equal(names.length, exporterFlags(exporter).length, `${exporter.name}: each is there once`);
  }
  t.end();
});
