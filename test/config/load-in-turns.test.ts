import t from 'tap';
import { ConfigFileError } from '../../src/config/config-problem.js';
import { loadConfig } from '../../src/config/load-config.js';
import { referencesOf } from '../../src/config/references/expand-nodes.js';
import { readShape } from '../../src/config/schema/shape.js';
import { parseYaml } from '../../src/config/yaml/parse-yaml.js';
import { loopTurns } from '../../src/values/loop-turns.js';

function modules(count: number, module: (index: number) => string): string {
  return `modules:\n${Array.from({ length: count }, (_none, index) => `  m${index}: ${module(index)}\n`).join('')}`;
}

const HTTP = (index: number): string =>
  `{prober: http, http: {method: GET, fail_if_body_matches_regexp: ["error ${index}"]}}`;

/** Each takes dozens of milliseconds, of which a turn has two. Without turns there is one at most. */
const TEXTS = [
  { name: 'modules', text: modules(1000, HTTP) },
  { name: 'modules with a mistake each', text: modules(1000, (index) => `{prober: http, htpp${index}: {}}`) },
  { name: 'a long list', text: `modules: {m: {prober: http, http: {valid_status_codes: [${'1,'.repeat(30_000)}]}}}` },
  {
    name: 'a list that is too long',
    text: `modules: {m: {prober: http, http: {valid_status_codes: [${'1,'.repeat(110_000)}]}}}`,
  },
  { name: 'keys that are none', text: Array.from({ length: 10_000 }, (_none, index) => `k${index}:\n`).join('') },
];

/** What is asked for, and how often others had their turn meanwhile. */
async function loadedInTurns(text: string): Promise<{ readonly outcome: string; readonly turns: number }> {
  let turns = 0;
  const next = loopTurns.next.bind(loopTurns);
  loopTurns.next = () => {
    turns++;
    return next();
  };
  try {
    const { sources } = await loadConfig(text, 'f.yml', []);
    return { outcome: `${sources.length} modules`, turns };
  } catch (error) {
    if (error instanceof ConfigFileError) return { outcome: error.message, turns };
    throw error;
  } finally {
    loopTurns.next = next;
  }
}

for (const { name, text } of TEXTS) {
  t.test(`a long configuration is loaded in turns, so that probes under way go on: ${name}`, async (t) => {
    const { turns } = await loadedInTurns(text);
    t.ok(turns >= 5, `${turns} turns`);
  });
}

t.test('ten thousand modules are loaded', async (t) => {
  t.equal((await loadedInTurns(modules(10_000, HTTP))).outcome, '10000 modules');
});

t.test('mappings and lists have an end', async (t) => {
  const [, , long = { text: '' }, tooLong = { text: '' }] = TEXTS;
  t.equal((await loadedInTurns(long.text)).outcome, '1 modules');
  t.match((await loadedInTurns(tooLong.text)).outcome, 'a list of 110000 items; at most 100000 are possible');
  const { outcome } = await loadedInTurns(Array.from({ length: 40_001 }, (_none, index) => `k${index}:\n`).join(''));
  t.match(outcome, /^error parsing config file: f\.yml:1:1: more than 40000 keys in one mapping; split the file$/);
});

t.test('references are looked for in steps', (t) => {
  const yaml = parseYaml(modules(1000, (index) => `{prober: http, http: {bearer_token: "\${ENV:T${index}}"}}`));
  if (yaml.kind !== 'document') throw new Error(yaml.kind);
  const steps = referencesOf(yaml.root, readShape('blackbox.schema.json'));
  let count = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) count++;
  t.equal(step.value.length, 1000);
  t.ok(count >= 100, `${count} steps`);
  t.end();
});
