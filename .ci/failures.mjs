// Writes what failed in a file of TAP so that the cause can be told from a log alone: each failed point once, with the
// tests that it is in and with what was found and wanted. The argument is the file. The output is bounded.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const POINTS = 40;
const LINES_A_POINT = 50;
const COLUMNS = 240;
/** Fields that say where a failure was noticed, and nothing of its cause. */
const LEFT_OUT = new Set(['source', 'stack', 'tapCaught', 'test']);
const PLACE = /^ *(?:columnNumber|functionName|typeName|methodName|isToplevel|isConstructor):/;

const cut = (line, columns = COLUMNS) => (line.length > columns ? `${line.slice(0, columns)}…` : line);
const nameOf = (text) => text.replace(/ # time=.*$/, '').replace(/ \{$/, '');

/** The names of the tests that the next line is in, the outermost first. */
const within = [];
/** The tests that have a failed point within; each fails itself, which says no more. */
const blamed = new Set();
let count = 0;
/** The point whose fields are being read. */
let point;

function begin(depth, name) {
  const path = [...within.slice(0, depth), name];
  if (blamed.has(JSON.stringify(path))) return;
  for (let length = 1; length < path.length; length++) blamed.add(JSON.stringify(path.slice(0, length)));
  count += 1;
  if (count <= POINTS) console.log(cut(`not ok: ${path.join(' > ')}`, 4 * COLUMNS));
  point = { indent: ' '.repeat(4 * depth + 2), isOpen: false, isShown: true, lines: 0 };
}

/** One line behind a failed point; false if it is not of its fields. */
function isField(line) {
  const { indent, isOpen } = point;
  if (!line.startsWith(indent)) return isOpen && line.trim() === '';
  const text = line.slice(indent.length);
  if (!isOpen) return (point.isOpen = text === '---');
  if (text === '...') return false;
  const [, key] = /^(\w+):/.exec(text) ?? [];
  if (key !== undefined) point.isShown = !LEFT_OUT.has(key);
  if (!point.isShown || count > POINTS || PLACE.test(text)) return true;
  point.lines += 1;
  if (point.lines <= LINES_A_POINT) console.log(cut(`  ${text}`));
  else if (point.lines === LINES_A_POINT + 1) console.log('  …');
  return true;
}

for await (const line of createInterface({ input: createReadStream(process.argv[2]) })) {
  if (point !== undefined && isField(line)) continue;
  point = undefined;
  const [, indent = '', subtest, failed] = /^( *)(?:# Subtest: (.*)|not ok \d+(?: - (.*))?)$/.exec(line) ?? [];
  const depth = indent.length / 4;
  if (subtest !== undefined) within.splice(depth, Infinity, nameOf(subtest));
  else if (line.trimStart().startsWith('not ok') && !/ # (?:TODO|SKIP)/i.test(line)) begin(depth, nameOf(failed ?? ''));
}
if (count > POINTS) console.log(`and ${count - POINTS} more`);
