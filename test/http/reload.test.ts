import t from 'tap';
import type { ConfigSource } from '../../src/services/prober/config-source.js';
import { ManualClock } from '../helpers/manual-clock.js';
import { httpGet } from '../helpers/services/http-get.js';
import { startApp, testModule } from '../helpers/services/start-app.js';

/** A configuration whose next reload the test decides. */
class ScriptedConfig implements ConfigSource {
  next: 'changed' | 'unchanged' | Error = 'unchanged';
  lastReloadSuccessful = true;
  lastReloadSuccessSeconds = 1;
  reloads = 0;
  files: ConfigSource['files'] = [{ file: 'blackbox.yml' }];
  readonly current = () => ({
    modules: new Map([['m', testModule({ name: 'm' })]]),
    faults: [],
    isGuarded: false,
    warnings: [{ message: 'look at this', fields: { module: 'm' } }],
    render: () => [`reloads: ${this.reloads}\n`],
  });
  readonly reload = async () => {
    this.reloads += 1;
    this.lastReloadSuccessful = !(this.next instanceof Error);
    if (this.next instanceof Error) throw this.next;
    this.lastReloadSuccessSeconds += 1;
    return this.next;
  };
}

const messages = (lines: readonly string[]): (string | undefined)[] =>
  lines.map((line) => /msg="?([^"=]*?)"?(?: \w+=|\n)/.exec(line)?.[1]);

t.test('POST /-/reload', async (t) => {
  const config = new ScriptedConfig();
  const app = await startApp({ config });
  t.teardown(() => app.stop(0));
  const reload = async () => {
    app.logLines.length = 0;
    return httpGet(app.address, '/-/reload', { method: 'POST' });
  };
  t.equal((await reload()).status, 200);
  t.same(messages(app.logLines), ['Configuration checksum check passed. No changes detected.', 'Reloaded config file']);

  config.next = 'changed';
  t.equal((await reload()).text, '');
  t.same(messages(app.logLines), [
    'Configuration file change detected, reloading the configuration.',
    'look at this',
    'Reloaded config file',
  ]);

  config.next = new Error('error parsing config file: x.yml:1:2: no');
  const failed = await reload();
  t.equal(failed.status, 500);
  t.equal(failed.text, 'failed to reload config: error parsing config file: x.yml:1:2: no\n');
  t.same(messages(app.logLines), ['Error reloading config']);
  const { text } = await httpGet(app.address, '/metrics');
  t.match(text, /^blackbox_exporter_config_last_reload_successful 0$/m);
  t.match(text, /^blackbox_exporter_config_last_reload_success_timestamp_seconds 3$/m);
});

t.test('a reload that could not take every file', async (t) => {
  const config = new ScriptedConfig();
  const app = await startApp({ config });
  t.teardown(() => app.stop(0));
  app.logLines.length = 0;
  config.next = 'changed';
  config.files = [{ file: 'a.yml' }, { file: 'b"1".yml', problem: 'b: no' }, { file: 'c.yml', problem: 'c: no' }];
  const answer = await httpGet(app.address, '/-/reload', { method: 'POST' });
  t.equal(answer.status, 500);
  t.equal(answer.text, 'failed to reload config: b: no\nc: no\n');
  t.same(messages(app.logLines), [
    'Configuration file change detected, reloading the configuration.',
    'look at this',
    'Error reloading config file',
    'Error reloading config file',
  ]);
  t.match(app.logLines.at(-1), /level=ERROR .* file=c\.yml err="c: no"/);
  const series = async () => {
    const { text } = await httpGet(app.address, '/metrics');
    return text.match(/^sonde_config_file_last_reload_successful.*$/gm);
  };
  const name = 'sonde_config_file_last_reload_successful';
  t.same(await series(), [`${name}{file="a.yml"} 1`, `${name}{file="b\\"1\\".yml"} 0`, `${name}{file="c.yml"} 0`]);
  config.files = [{ file: 'c.yml' }];
  t.same(await series(), [`${name}{file="c.yml"} 1`], 'what is gone has no series');
});

t.test('the timer reloads again and again, also after a failure, until the service stops', async (t) => {
  const clock = new ManualClock();
  const config = new ScriptedConfig();
  config.next = new Error('no');
  const app = await startApp({ config, clock, options: { autoReloadSeconds: 30 } });
  clock.advance(29);
  t.equal(config.reloads, 0);
  for (const count of [1, 2, 3]) {
    clock.advance(30);
    // Every answer is later than the reload that the clock began.
    await httpGet(app.address, '/-/healthy');
    t.equal(config.reloads, count);
  }
  await app.stop(0);
  t.equal(clock.pending, 0);
});

t.test('interval zero never reloads', async (t) => {
  const clock = new ManualClock();
  const app = await startApp({ clock });
  t.teardown(() => app.stop(0));
  t.equal(clock.pending, 0);
});
