import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { sourceStack } from '../../src/files/source-stack.js';
import { REPOSITORY } from '../helpers/peer.js';

const FOLDER = join(REPOSITORY, 'dist/bundle');
const WHAT = 'async function runCommand(';

/** A stack as V8 writes it for the place in the bundle where a function of the sources begins. */
function stackInBundle(): string {
  for (const name of readdirSync(FOLDER).filter((each) => each === 'main.code.js')) {
    const lines = readFileSync(join(FOLDER, name), 'utf8').split('\n');
    const line = lines.findIndex((each) => each.includes(WHAT));
    const column = (lines[line] ?? '').indexOf(WHAT) + 1;
    if (line >= 0)
      return `Error: x\n    at f (${pathToFileURL(join(FOLDER, name)).href}:${line + 1}:${column})\n    at node:y:1:2`;
  }
  throw new Error('the bundle does not have the function');
}

t.test('a stack of the bundle names the places in the sources', (t) => {
  const source = join(REPOSITORY, 'src/cli/run-command.ts');
  const line = readFileSync(source, 'utf8')
    .split('\n')
    .findIndex((each) => each.includes(WHAT));
  t.equal(
    sourceStack(stackInBundle()),
    `Error: x\n    at f (${pathToFileURL(source).href}:${line + 1}:1)\n    at node:y:1:2`,
  );
  t.end();
});

t.test('a place without a source map stays as it is', (t) => {
  for (const stack of [
    'Error: x',
    '    at f (file:///nowhere/dist/bundle/part-X.js:1:2)',
    '    at f (file:///a/b.js:1:2)',
  ])
    t.equal(sourceStack(stack), stack);
  t.end();
});
