// Builds src/native into dist/native/icmp.node, timex.node, kernel.node and memory.node: by the C compiler and the
// headers of Node where both are here, else by node-gyp, which fetches the headers. Where neither works,
// dist/native/<name>.missing say why, a line each is printed, and the exit code is 0: everything but ICMP and a few
// collectors works without. The addons use Node-API only, so that one binary serves every Node. Does nothing if what
// is there is newer than the sources.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'src/native');
const folder = join(root, 'dist/native');

/** What is built, each on its own, so that none goes without because of another. */
const ADDONS = [
  { name: 'icmp', sources: ['icmp.c', 'icmp_socket.c'], without: 'icmp probes will fail' },
  { name: 'timex', sources: ['timex.c'], without: 'node metrics go without timex' },
  {
    name: 'kernel',
    sources: ['kernel.c'],
    without: 'node metrics go without ethtool, network_route and wifi, and take more CPU',
  },
  { name: 'memory', sources: ['memory.c'], without: 'services take some 30 MiB more after their start' },
];
const placeOf = ({ name }) => join(folder, `${name}.node`);
const missingOf = ({ name }) => join(folder, `${name}.missing`);
const inputs = [...readdirSync(sources).map((name) => join(sources, name)), fileURLToPath(import.meta.url)];

/** What to do about it, for whoever reads the line. */
const REMEDY = 'install gcc (or clang) and the headers of Node, then run `node scripts/build-native.mjs`';

function isFresh(file) {
  if (!existsSync(file)) return false;
  const builtAt = statSync(file).mtimeMs;
  return inputs.every((input) => !statSync(input).isFile() || statSync(input).mtimeMs < builtAt);
}

function run(command, args) {
  const result = spawnSync(command, args, { cwd: sources, encoding: 'utf8', timeout: 120_000 });
  if (result.error) return { ok: false, why: `${command}: ${result.error.code ?? result.error.message}` };
  const [line = `exit code ${result.status}`] = result.stderr
    .split('\n')
    .filter((text) => /error|fatal|ERR/i.test(text));
  return result.status === 0 ? { ok: true } : { ok: false, why: `${command}: ${line.trim()}` };
}

/** The folder with node_api.h and uv.h: that of the Node that runs this, or the system's. */
function findHeaders() {
  const prefix = dirname(dirname(process.execPath));
  const { npm_config_nodedir: nodedir } = process.env;
  const folders = [
    nodedir && join(nodedir, 'include/node'),
    join(prefix, 'include/node'),
    '/usr/include/node',
    '/usr/local/include/node',
  ];
  return folders.find((each) => each && existsSync(join(each, 'node_api.h')) && existsSync(join(each, 'uv.h')));
}

function byCompiler(addon) {
  const headers = findHeaders();
  if (headers === undefined) return { ok: false, why: 'the headers of Node (node_api.h) are not installed' };
  const built = join(folder, `${addon.name}.${process.pid}.tmp`);
  const args = ['-shared', '-fPIC', '-O2', '-fvisibility=hidden', '-D_GNU_SOURCE', '-DNAPI_VERSION=8', `-I${headers}`];
  const compilers = [process.env.CC, 'cc', 'gcc', 'clang'].filter(Boolean);
  let result = { ok: false, why: 'no C compiler' };
  for (const compiler of compilers) {
    result = run(compiler, [...args, ...addon.sources, '-o', built]);
    if (result.ok) renameSync(built, placeOf(addon));
    if (result.ok || !result.why.endsWith('ENOENT')) return result;
  }
  return { ok: false, why: `there is no C compiler (tried ${compilers.join(', ')})` };
}

/** npm brings one along, and names it to the scripts that it runs. */
function byNodeGyp(addon) {
  const prefix = dirname(dirname(process.execPath));
  const places = [
    process.env.npm_config_node_gyp,
    join(prefix, 'lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js'),
    '/usr/share/nodejs/node-gyp/bin/node-gyp.js',
  ];
  const nodeGyp = places.find((place) => place && existsSync(place));
  if (nodeGyp === undefined) return { ok: false, why: 'there is no node-gyp' };
  const build = join(sources, 'build');
  const result = run(process.execPath, [nodeGyp, 'rebuild', '--silent']);
  if (result.ok) copyFileSync(join(build, `Release/${addon.name}.node`), placeOf(addon));
  rmSync(build, { recursive: true, force: true });
  return result;
}

function build(addon) {
  if (process.platform !== 'linux') return { ok: false, why: `it is for Linux, not for ${process.platform}` };
  const result = byCompiler(addon);
  // Headers can be fetched, a compiler cannot.
  return result.ok || !result.why.includes('headers') ? result : byNodeGyp(addon);
}

/** Whatever goes wrong, it must not keep the rest from being installed. */
function buildOrSayWhyNot(addon) {
  try {
    mkdirSync(folder, { recursive: true });
    return build(addon);
  } catch (error) {
    return { ok: false, why: error.message };
  }
}

function leaveOut(addon, why) {
  const line = `it could not be built: ${why}; ${REMEDY}`;
  console.error(`The ${addon.name} addon is left out, ${addon.without}: ${line}`);
  try {
    rmSync(placeOf(addon), { force: true });
    writeFileSync(missingOf(addon), `${line}\n`);
  } catch (error) {
    console.error(error.message);
  }
}

for (const addon of ADDONS) {
  if (isFresh(placeOf(addon))) continue;
  const result = buildOrSayWhyNot(addon);
  if (result.ok) rmSync(missingOf(addon), { force: true });
  else leaveOut(addon, result.why);
}
