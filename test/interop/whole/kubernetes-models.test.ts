import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadAll } from 'js-yaml';
import t from 'tap';
import { REPOSITORY } from '../../helpers/peer.js';

t.setTimeout(500_000);

/** The folder of packages that has kubernetes-models, which .ci/run installs: SONDE_KUBERNETES names it. */
const PACKAGES = process.env['SONDE_KUBERNETES'] ?? '';
const skip = !existsSync(join(PACKAGES, 'kubernetes-models')) && 'there is no kubernetes-models';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

const FOLDER = join(REPOSITORY, 'deploy/kubernetes');
/** All manifests but kustomize's own, by their file. */
const MANIFESTS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
  .flatMap((name) =>
    loadAll(readFileSync(join(FOLDER, name), 'utf8')).map((each) => [name, each as Manifest] as const),
  );

/** The module of a kind: that of the Prometheus operator is in a package of its own. */
function moduleOf({ apiVersion, kind }: Manifest): string {
  const group = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models';
  return `${group}/${apiVersion}/${kind}`;
}

t.test('every manifest is valid by the schema of its kind', { skip }, async (t) => {
  for (const [name, manifest] of MANIFESTS) {
    const { kind } = manifest;
    const found = (await import(pathToFileURL(join(PACKAGES, `${moduleOf(manifest)}.js`)).href)) as Models;
    const Model = found[kind];
    if (Model === undefined) throw new Error(`There is no model of ${kind}`);
    t.doesNotThrow(() => new Model(manifest).validate(), `${name}: ${kind}`);
    t.throws(() => new Model({ ...manifest, metadata: 'none' }).validate(), `${name}: ${kind} without metadata`);
  }
});

type Models = Readonly<Record<string, (new (data: unknown) => { validate: () => void }) | undefined>>;

t.test('no manifest has a key that its kind does not know', { skip }, async (t) => {
  const lines = MANIFESTS.flatMap(([name, manifest], at) => [
    `import type { I${manifest.kind} as Kind${at} } from '${moduleOf(manifest)}';`,
    `export const manifest${at}: Kind${at} = ${JSON.stringify(manifest)}; // ${name}`,
  ]);
  const said = checkTypes(t.testdir({}), lines);
  t.equal(said, '');
  const wrong = lines.map((line) => line.replace('"spec":{', '"spec":{"nonsense":1,'));
  const specs = lines.filter((line) => line.includes('"spec":{')).length;
  t.equal(checkTypes(t.testdir({}), wrong).match(/nonsense"?' does not exist/g)?.length, specs);
});

/** What the compiler says of a file with these lines. */
function checkTypes(folder: string, lines: readonly string[]): string {
  symlinkSync(PACKAGES, join(folder, 'node_modules'));
  const file = join(folder, 'check.ts');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const args = [
    compiler,
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--ignoreConfig',
    '--module',
    'esnext',
    '--moduleResolution',
    'bundler',
    file,
  ];
  return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }).stdout;
}
