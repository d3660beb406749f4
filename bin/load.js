// Loads a bundle of Sonde (scripts/bundle.mjs): one script, which V8 need not compile again if dist/code-cache has
// what it compiled before. What is kept there is used only if it is whole, and was made from these very bytes by this
// very V8 with the same flags; in any other case the script is compiled, as if the folder were empty. It is written
// once a service has started (`save`), where the folder may be written.
const { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { Buffer } = require('node:buffer');
const { createRequire } = require('node:module');
const process = require('node:process');
const { basename, dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { cachedDataVersionTag } = require('node:v8');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

const CACHE = join(__dirname, '../dist/code-cache');
const CRC_BYTES = 4;

/** Which part of the code is used differs by service: what is kept of one does not suffice for another. */
const SERVICES = ['all', 'pushgateway', 'node', 'redis', 'nginx', 'postgres', 'mysql'];
const service = SERVICES.includes(process.argv[2]) ? process.argv[2] : 'serve';

/** What each loaded file exports, by its path. */
const loaded = new Map();
/** Scripts that had to be compiled: `{ script, name, place }`. */
const unsaved = [];

/** Loads the bundle whose entry is `file`, such as dist/bundle/main.js, and returns what it exports. */
function load(file) {
  if (!loaded.has(file)) loaded.set(file, run(file));
  return loaded.get(file);
}

function run(file) {
  const module = { exports: {} };
  const folder = dirname(file);
  const outer = createRequire(file);
  const require = (name) => (name.startsWith('./') ? load(join(folder, name)) : outer(name));
  require.resolve = outer.resolve;
  const wrapped = compile(file.replace(/\.js$/, '.code.js')).runInThisContext();
  wrapped(module.exports, require, module, file, folder, pathToFileURL(file).href);
  return module.exports;
}

function compile(file) {
  // The bundler writes ASCII; as Latin-1 it takes a byte a character.
  const source = readFileSync(file, 'latin1');
  const name = `${basename(file, '.code.js')}-${crc32(source).toString(16)}`;
  const place = join(
    CACHE,
    `${name}-${service}-${process.arch}-${process.version}-${cachedDataVersionTag().toString(16)}`,
  );
  const cachedData = readCache(place);
  // Stacks name files as those of modules, by URL.
  const script = new Script(source, { filename: pathToFileURL(file).href, cachedData });
  if (cachedData === undefined || script.cachedDataRejected) unsaved.push({ script, name, place });
  return script;
}

/** Undefined where there is none that is whole. */
function readCache(place) {
  try {
    const bytes = readFileSync(place);
    const data = bytes.subarray(CRC_BYTES);
    return crc32(data) === bytes.readUInt32LE() ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what V8 has compiled until now, for the next start, and drops what is of older bundles. Never throws. */
function save() {
  for (const { script, name, place } of unsaved.splice(0)) {
    try {
      const data = script.createCachedData();
      const crc = Buffer.alloc(CRC_BYTES);
      crc.writeUInt32LE(crc32(data));
      mkdirSync(CACHE, { recursive: true });
      removeOlder(name);
      const unfinished = `${place}.${process.pid}.tmp`;
      writeFileSync(unfinished, Buffer.concat([crc, data]));
      renameSync(unfinished, place);
    } catch {
      // A folder that may not be written, a disk that is full: the next start compiles again.
    }
  }
}

function removeOlder(name) {
  const [entry] = name.split(/-(?=[0-9a-f]+$)/);
  for (const other of readdirSync(CACHE)) {
    const isOfEntry = other.startsWith(`${entry}-`) && /^[0-9a-f]+-/.test(other.slice(entry.length + 1));
    if (isOfEntry && !other.startsWith(`${name}-`)) rmSync(join(CACHE, other), { force: true });
  }
}

module.exports = { load, save, service };
