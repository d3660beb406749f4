import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { findInPath, REPOSITORY } from '../helpers/peer.js';

const promtool = findInPath('promtool');
const skip = promtool === undefined ? 'no promtool here: it comes with Prometheus' : false;

t.test("Prometheus' own tool accepts its configuration and the alerts", { skip }, async (t) => {
  for (const [what, file] of [
    ['config', 'prometheus.yml'],
    ['rules', 'alerts.yml'],
  ] as const) {
    const { status, stdout, stderr } = spawnSync(promtool ?? '', ['check', what, join(REPOSITORY, 'deploy', file)], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    t.equal(status, 0, `${file}: ${stdout}${stderr}`);
    t.match(stdout, 'SUCCESS', file);
  }
});
