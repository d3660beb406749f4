import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../src/config/load-config.js';
import { allProbers } from '../src/probers/all-probers.js';
import { REPOSITORY } from './helpers/peer.js';
import { testProberDeps } from './helpers/services/prober-deps.js';

interface RecipeFile {
  readonly name: string;
  readonly text: string;
}

const FOLDER = join(REPOSITORY, 'modules');
const RECIPES: readonly RecipeFile[] = readdirSync(FOLDER).map((name) => ({
  name: `modules/${name}`,
  text: readFileSync(join(FOLDER, name), 'utf8'),
}));
const DEFAULTS: RecipeFile = { name: 'blackbox.yml', text: readFileSync(join(REPOSITORY, 'blackbox.yml'), 'utf8') };
const probers = allProbers(testProberDeps());

async function modulesOf({ name, text }: RecipeFile): Promise<readonly string[]> {
  const { modules, warnings } = await loadConfig(text, name, probers);
  t.same(warnings, [], `${name}: nothing to warn of`);
  return [...modules.keys()];
}

t.test('every file of recipes is a configuration of its own', async (t) => {
  t.ok(RECIPES.length >= 10, 'there are recipes');
  for (const file of RECIPES) {
    t.match(file.name, /\.yml$/);
    t.ok((await modulesOf(file)).length > 0, `${file.name} has modules`);
    t.match(
      file.text,
      /^# yaml-language-server: \$schema=\.\.\/schemas\/blackbox\.schema\.json\n/,
      `${file.name}: editors know its schema`,
    );
  }
});

t.test('all of them can be loaded together with blackbox.yml', async (t) => {
  const owners = new Map<string, string>();
  for (const file of [DEFAULTS, ...RECIPES]) {
    for (const module of await modulesOf(file)) {
      t.equal(owners.get(module), undefined, `${module} of ${file.name} is defined once`);
      owners.set(module, file.name);
    }
  }
});

t.test('every recipe says what it proves', async (t) => {
  for (const file of RECIPES) {
    const lines = file.text.split('\n');
    for (const module of await modulesOf(file)) {
      const at = lines.indexOf(`  ${module}:`);
      t.match(lines[at - 1], /^ {2}# \S.{20,}|^ {2}# .*[.:)]$/, `${file.name}: ${module} has a comment`);
    }
  }
});

t.test('every recipe has a row in docs/recipes.md and a test against a server', async (t) => {
  const docs = readFileSync(join(REPOSITORY, 'docs/recipes.md'), 'utf8');
  const tests = join(REPOSITORY, 'test/interop/recipes');
  const sources = readdirSync(tests).filter((name) => /^recipes-.*\.test\.ts$/.test(name));
  const tested = sources.map((name) => readFileSync(join(tests, name), 'utf8')).join('\n');
  for (const file of RECIPES) {
    for (const module of await modulesOf(file)) {
      t.ok(docs.includes(`\n| \`${module}\` | `), `${module} is in docs/recipes.md`);
      t.ok(tested.includes(`'${module}'`), `${module} is tested`);
    }
  }
});
