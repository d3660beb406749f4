import { COMMON_FLAGS, type FlagDefinition, UsageError } from '../flags/flag-definition.js';
import { FlagValues } from '../flags/flag-values.js';
import type { Command } from './command.js';
import { JOB_FORMS, type JobForm, scrapeJob } from './scrape-job.js';

const FLAGS: readonly FlagDefinition[] = [
  ...COMMON_FLAGS.slice(0, 1),
  {
    name: 'form',
    kind: 'value',
    shown: '"sd"',
    words: JOB_FORMS,
    help: 'sd: targets by --targets.file and /sd; relabel: targets in the job itself; probe, scrapeconfig: the same two for the Prometheus operator.',
  },
  {
    name: 'url',
    kind: 'value',
    shown: '"http://localhost:9115"',
    help: 'Where Prometheus reaches Sonde.',
  },
  { name: 'job', kind: 'value', shown: '"sonde"', help: 'The name of the job.' },
  { name: 'module', kind: 'value', shown: '"http_2xx"', help: 'The module, where the job names it.' },
  {
    name: 'shard',
    kind: 'value',
    shown: '<n/m>',
    help: 'Ask /sd for one of several parts of the targets, as in 1/4.',
  },
  ...COMMON_FLAGS.slice(1),
];

/** `sonde prometheus`: prints what Prometheus needs to scrape through Sonde. */
export const prometheusCommand: Command = {
  name: 'prometheus',
  usage: '[<flags>] [TARGET...]',
  about:
    'Print the scrape configuration of Prometheus, or the resource of its operator, for this Sonde and its targets.',
  flags: FLAGS,
  prepare: (parsed) => {
    const values = new FlagValues(parsed);
    const form = readForm(values.text('form', 'sd'));
    const ignored = ignoredBy(form, values, parsed.operands);
    if (ignored !== undefined) throw new UsageError(ignored);
    const text = scrapeJob({
      form,
      url: readUrl(values.text('url', 'http://localhost:9115')),
      job: values.text('job', 'sonde'),
      module: values.text('module', 'http_2xx'),
      shard: readShard(values.text('shard', '')),
      targets: parsed.operands,
    });
    return (shell) => {
      shell.out(text);
      return Promise.resolve(0);
    };
  },
};

function readForm(text: string): JobForm {
  const form = JOB_FORMS.find((known) => known === text);
  if (form !== undefined) return form;
  throw new UsageError(`enum value must be one of ${JOB_FORMS.join(',')}, got '${text}'`);
}

/** The problem if something is given that a job of this form cannot say. */
function ignoredBy(form: JobForm, values: FlagValues, targets: readonly string[]): string | undefined {
  if (form === 'relabel' || form === 'probe') {
    if (values.text('shard', '') === '') return undefined;
    return `--shard is for --form=sd and scrapeconfig; a job of --form=${form} has its targets itself`;
  }
  if (targets.length > 0)
    return `--form=${form} takes no targets, ${FROM_FILES}; --form=relabel and probe have targets`;
  if (values.text('module', '') === '') return undefined;
  return `--module is for --form=relabel and probe; with --form=${form} ${FROM_FILES}, each with its module`;
}

const FROM_FILES = 'they come from --targets.file';

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') return url;
  throw new UsageError(`--url is no URL of the web, such as http://sonde.example:9115: '${text}'`);
}

function readShard(text: string): string {
  if (text === '') return '';
  const [, shard, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  if (Number(shard) >= 1 && Number(shard) <= Number(of) && Number(of) <= 1000) return `?shard=${shard}&of=${of}`;
  throw new UsageError(`--shard is no part of at most 1000, such as 1/4: '${text}'`);
}
