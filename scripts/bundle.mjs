// Bundles what tsc has compiled into dist/bundle, which is what `bin/sonde` runs and the package holds: some ten files instead of five hundred take
// three fifths of the time to start. Each entry is a file of its own (the command, the threads and the helper process), what they share and what is imported
// late are others. A few packages stay outside; of all others the licenses are written beside the bundle.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const ENTRIES = [
  'main.js',
  'probe/checks/check-worker-start.js',
  'config/yaml/yaml-worker-start.js',
  'services/pushgateway/push-thread-start.js',
  'node/collectors/statfs-helper.js',
];

/** Packages with native code, and the one that is loaded in turns, a package at a time (http/routes/load-in-turns.ts). */
const OUTSIDE = ['bcrypt', 'classic-level', 'express'];

/** CommonJS packages ask for Node's modules by `require`, which an ES module does not have. */
const REQUIRE = `import { createRequire as createRequireForBundle } from 'node:module';
const require = createRequireForBundle(import.meta.url);`;

export async function bundle(root) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ENTRIES.map((entry) => `dist/src/${entry}`),
    outdir: 'dist/bundle',
    entryNames: '[name]',
    chunkNames: 'part-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    external: OUTSIDE,
    banner: { js: REQUIRE },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
  });
  const licenses = 'LICENSES.txt';
  writeFileSync(join(root, 'dist/bundle', licenses), licensesOf(root, Object.keys(metafile.inputs)));
  const written = new Set([licenses, ...Object.keys(metafile.outputs).map((path) => basename(path))]);
  for (const name of readdirSync(join(root, 'dist/bundle')))
    if (!written.has(name)) rmSync(join(root, 'dist/bundle', name));
}

/** Names the packages that a bundle of these files holds, each with its version and license text. */
function licensesOf(root, inputs) {
  const folders = new Set(inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []));
  return [...folders]
    .sort()
    .map((folder) => licenseOf(join(root, folder)))
    .join('\n');
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8');
  return `${name} ${version} (${license})\n\n${text.trim()}\n\n${'-'.repeat(80)}\n`;
}
