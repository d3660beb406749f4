import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { CASE_FILES, RULE_FILES } from '../../helpers/documents/rule-files.js';
import { findPromtools, REPOSITORY } from '../../helpers/peer.js';

t.setTimeout(500_000);

const promtools = findPromtools();
if (promtools.length === 0) {
  t.test("Prometheus' own tool", { skip: 'no promtool here: it comes with Prometheus' }, () => undefined);
}

const COMMANDS = [
  ['check', 'config', 'deploy/prometheus.yml'],
  ...RULE_FILES.map((name) => ['check', 'rules', `deploy/${name}`]),
  ...CASE_FILES.map((path) => ['test', 'rules', path]),
];

for (const { path, version } of promtools) {
  t.test(`promtool ${version} accepts the configuration, and the rules do what their cases say`, async (t) => {
    t.ok(COMMANDS.length >= 7);
    for (const [verb = '', what = '', file = ''] of COMMANDS) {
      const { status, stdout, stderr } = spawnSync(path, [verb, what, join(REPOSITORY, file)], {
        encoding: 'utf8',
        timeout: 90_000,
      });
      t.equal(status, 0, `${verb} ${file}: ${stdout}${stderr}`);
      t.match(stdout, 'SUCCESS', file);
    }
  });
}
