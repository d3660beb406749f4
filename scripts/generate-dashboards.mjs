// Writes deploy/grafana/: the dashboards that scripts/dashboards/ describes. With --check it only compares, and exits 1
// if one is stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { certificates } from './dashboards/certificates.mjs';
import { fleet } from './dashboards/fleet.mjs';
import { service } from './dashboards/service.mjs';
import { target } from './dashboards/target.mjs';

const folder = fileURLToPath(new URL('../deploy/grafana', import.meta.url));
const isCheck = process.argv.includes('--check');
const wanted = new Map(
  [fleet, target, certificates, service].map((dashboard) => [
    `${dashboard.uid}.json`,
    `${JSON.stringify(dashboard, null, 2)}\n`,
  ]),
);

mkdirSync(folder, { recursive: true });
const orphans = readdirSync(folder).filter((name) => name.endsWith('.json') && !wanted.has(name));
for (const name of orphans)
  console.error(`deploy/grafana/${name} is not made by scripts/generate-dashboards.mjs: delete it`);
let isFresh = orphans.length === 0;
for (const [name, text] of wanted) {
  const path = join(folder, name);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (!isCheck) writeFileSync(path, text);
  else {
    console.error(`deploy/grafana/${name} is stale: run \`npm run generate\``);
    isFresh = false;
  }
}
if (!isFresh) process.exit(1);
