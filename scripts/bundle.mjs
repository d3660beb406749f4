// Bundles what tsc has compiled into dist/bundle, which is what `bin/sonde` runs and the package holds. Each entry
// (the command, the threads, further processes) is one script with all of our code that it needs, NAME.code.js, and
// NAME.js, which a thread or a process is started with and which has bin/load.js load it (bin/tune.js in processes that
// go on); packages that are imported late are scripts of their own (`lib-…`). As scripts they start in a third of the
// time that modules take, since V8 can keep what it compiled. A few packages stay outside; of all others the licenses
// are written beside the bundle.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** Entries of processes that go on; the command itself is loaded by bin/sonde. */
const TUNED = ['services/prober/workers/probe-worker-start.js'];

const ENTRIES = [
  ...TUNED,
  'main.js',
  'probe/checks/check-worker-start.js',
  'config/yaml/yaml-worker-start.js',
  'services/pushgateway/push-thread-start.js',
  'node/collectors/statfs-helper.js',
];

/**
 * Packages with native code, and the one that is loaded in turns, a package at a time (http/routes/load-in-turns.ts).
 */
const OUTSIDE = ['bcrypt', 'classic-level', 'express'];

/** What is around each script; bin/load.js calls it. */
const BEGIN = '(function(exports,require,module,__filename,__dirname,moduleUrl){';
const END = '})';

const COMMON = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.18',
  // A script's own `import()` is a `require` that waits a turn.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: BEGIN },
  footer: { js: END },
  // One byte a character is enough; bin/load.js reads it so (see also `onlyAscii`).
  charset: 'ascii',
  external: OUTSIDE,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  // Half the bytes to read and to keep; names stay, for stacks.
  minifyWhitespace: true,
  minifySyntax: true,
  metafile: true,
  logLevel: 'error',
};

/**
 * Escapes all other characters before esbuild reads a file: it leaves them as they are in regular expressions and in
 * templates with a tag, whatever its `charset`.
 */
const onlyAscii = {
  name: 'only ASCII',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.[cm]?js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (IS_ASCII.test(source)) return undefined;
      const raw = RAW_TEMPLATE.exec(source);
      if (raw) return { errors: [{ text: `String.raw has to be ASCII, or an escape would show: ${raw[0]}` }] };
      // A backslash before such a character would escape the escape's backslash.
      return { contents: source.replace(OTHER, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`) };
    });
  },
};

const IS_ASCII = /^[\0-\x7f]*$/;
const OTHER = /(?<!\\)[^\0-\x7f]/g;
const RAW_TEMPLATE = /String\.raw`[^`]*[^`\0-\x7f][^`]*`/;

/** The packages that are imported late, by name; each becomes a script of its own. */
function latePackages(found) {
  return {
    name: 'late packages',
    setup: ({ onResolve }) => {
      onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        if (kind !== 'dynamic-import' || path.startsWith('node:') || OUTSIDE.includes(path)) return undefined;
        const name = `lib-${path.replace(/\W+/g, '-').replace(/^-/, '')}.js`;
        found.set(path, name);
        return { path: `./${name}`, external: true };
      });
    },
  };
}

export async function bundle(root) {
  const folder = join(root, 'dist/bundle');
  mkdirSync(folder, { recursive: true });
  const metafiles = await buildScripts(root);
  const written = new Set(metafiles.flatMap(({ outputs }) => Object.keys(outputs).map((path) => basename(path))));
  const write = (name, text) => {
    written.add(name);
    writeFileSync(join(folder, name), text);
  };
  for (const entry of ENTRIES) {
    const load = TUNED.includes(entry) ? "require('../../bin/tune.js').loadTuned" : "require('../../bin/load.js').load";
    write(basename(entry), `${load}(__filename);\n`);
  }
  // The package's own says that files are modules.
  write('package.json', '{ "type": "commonjs" }\n');
  const inputs = metafiles.flatMap((each) => Object.keys(each.inputs));
  write('LICENSES.txt', licensesOf(root, inputs));
  for (const name of readdirSync(folder)) if (!written.has(name)) rmSync(join(folder, name));
  for (const name of written) {
    if (name.endsWith('.js') && !IS_ASCII.test(readFileSync(join(folder, name), 'utf8')))
      throw new Error(`dist/bundle/${name} has other characters than ASCII, which bin/load.js would read as Latin-1`);
  }
}

/** Returns what esbuild says of each script. */
async function buildScripts(root) {
  const late = new Map();
  const run = (name, options) =>
    build({
      ...COMMON,
      absWorkingDir: root,
      outfile: `dist/bundle/${name.replace(/\.js$/, '.code.js')}`,
      plugins: [latePackages(late), onlyAscii],
      ...options,
    });
  const entries = ENTRIES.map((entry) => run(basename(entry), { entryPoints: [`dist/src/${entry}`] }));
  const results = await Promise.all(entries);
  for (const [path, name] of late) {
    const contents = `module.exports = require(${JSON.stringify(path)});`;
    results.push(await run(name, { stdin: { contents, resolveDir: root }, plugins: [onlyAscii] }));
  }
  return results.map(({ metafile }) => metafile);
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
