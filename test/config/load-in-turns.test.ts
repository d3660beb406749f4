import t from 'tap';
import { loadConfig } from '../../src/config/load-config.js';

const MODULES = 1000;

function moduleText(index: number): string {
  const pattern = `fail_if_body_matches_regexp: ["error ${index}"]`;
  return `  m${index}:\n    prober: http\n    http: {method: GET, ${pattern}}\n`;
}

t.test('a long configuration is loaded in turns, so that probes under way go on', async (t) => {
  const text = `modules:\n${Array.from({ length: MODULES }, (_none, index) => moduleText(index)).join('')}`;
  let turns = 0;
  let isLoaded = false;
  const count = (): void => {
    turns += 1;
    if (!isLoaded) setImmediate(count);
  };
  setImmediate(count);
  const { sources } = await loadConfig(text, 'f.yml', []);
  isLoaded = true;
  t.equal(sources.length, MODULES);
  // It takes more than a hundred milliseconds, of which a turn has two. Without turns there is one at most.
  t.ok(turns >= 5, `${turns} turns`);
});
