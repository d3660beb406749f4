import { join } from 'node:path';
import t from 'tap';
import {
  type Board,
  type BoardPanel,
  type BoardQuery,
  labelColumns,
  panelsOf,
  readBoards,
} from '../../helpers/documents/dashboards.js';
import { askPrometheus, startPrometheus } from '../../helpers/documents/prometheus.js';
import { metricNames } from '../../helpers/documents/promql.js';
import { readRules, RULE_FILES } from '../../helpers/documents/rule-files.js';
import { noIcmp } from '../../helpers/icmp-support.js';
import { findPrometheusServers, REPOSITORY } from '../../helpers/peer.js';
import { until } from '../../helpers/until.js';
import { startFleet } from './fleet.js';

t.setTimeout(500_000);

/** How long Prometheus may take until everything that is asked for has data. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 2_000;

type Labels = Readonly<Record<string, string>>;
interface Answer {
  readonly result: readonly { readonly metric: Labels }[];
}
interface Alert {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** Something that Prometheus is asked until it has data. Of several expressions one is enough. */
interface Question {
  readonly name: string;
  readonly expressions: readonly string[];
  readonly range: boolean;
  /** Labels that the data must have. */
  readonly labels: readonly string[];
}

/** Panels that may be empty although things fail, with the reason. */
const MAY_BE_EMPTY: ReadonlyMap<string, string> = new Map(
  noIcmp() === false ? [] : ['Round trips', 'Loss'].map((title) => [title, 'no ICMP socket can be opened here']),
);

/** Alerts for which nothing here is bad enough, with the reason; their metrics must be there nevertheless. */
const QUIET: ReadonlyMap<string, string> = new Map([
  ['SondePhaseSlowerThanUsual', 'the average of a day would have to be another than that of ten minutes'],
  ['SondeInternalError', 'a bug of Sonde would be needed'],
  ['SondeOverloaded', 'Sonde is not overloaded by this'],
  ['SondeRunsOutOfMemory', 'Sonde does not need much of its heap for this'],
  ['SondeRunsOutOfFiles', 'Sonde has few connections open'],
  ['SondeLogLinesDropped', 'somebody reads the log'],
  ['SondeFilesystemFillsUp', 'no file system of this machine is known to fill up'],
  ['SondePushIsOld', 'two days would have to go by'],
  ['SondePushesNotKept', 'the pushgateway keeps nothing on disk here'],
]);

/** A query as Grafana sends it if everything is selected; the dashboard of one target selects each in turn. */
function substitute(
  { expr, range }: Pick<BoardQuery, 'expr' | 'range'>,
  targets: readonly string[],
  name: string,
  labels: readonly string[],
): Question {
  const common = expr
    .replaceAll('$__rate_interval', '20s')
    .replaceAll('$__range', '10m')
    .replaceAll('$__interval', '2s')
    .replaceAll('job=~"$job"', 'job=~".+"')
    .replaceAll('instance=~"$instance"', 'instance=~".*"')
    .replaceAll('module=~"$module"', 'module=~".*"');
  const expressions = targets.map((target) => common.replaceAll('"$instance"', JSON.stringify(target)));
  return { name, expressions: [...new Set(expressions)], range, labels };
}

function questionsOf(panel: BoardPanel, board: string, targets: readonly string[]): readonly Question[] {
  return (panel.targets ?? []).map((query) =>
    substitute(query, targets, `${board}, ${panel.title}, ${query.refId}`, labelColumns(panel)),
  );
}

/** The choices of a dashboard's variables: each is a label of what it looks at. */
function questionsOfVariables({ uid, templating }: Board, targets: readonly string[]): readonly Question[] {
  return templating.list.flatMap(({ name, definition = '' }) => {
    const [, expr, label] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
    if (expr === undefined || label === undefined) return [];
    return [substitute({ expr, range: false }, targets, `${uid}, variable ${name}`, [label])];
  });
}

/** What the rules record and what alerts look for; of quiet alerts their metrics. */
function questionsOfRules(): readonly Question[] {
  return readRules().flatMap(({ alert, record, expr }) => {
    const isQuiet = alert !== undefined && QUIET.has(alert);
    return (isQuiet ? metricNames(expr) : [record ?? expr]).map((expression) => ({
      name: `${alert ?? record ?? ''}: ${expression}`,
      expressions: [expression],
      range: false,
      labels: [],
    }));
  });
}

async function isAnswered(prometheus: string, { expressions, range, labels }: Question): Promise<boolean> {
  for (const query of expressions) {
    const now = Date.now() / 1000;
    const parameters = range ? { query, start: String(now - 60), end: String(now), step: '2' } : { query };
    const answer = await askPrometheus<Answer>(prometheus, range ? 'query_range' : 'query', parameters);
    const { result } = answer ?? { result: [] };
    if (result.length > 0 && labels.every((label) => result.some(({ metric }) => label in metric))) return true;
  }
  return false;
}

/** The names of the questions to which there is no answer with data in time. */
async function unanswered(prometheus: string, questions: readonly Question[]): Promise<readonly string[]> {
  const end = performance.now() + PATIENCE_MS;
  let open = questions;
  while (open.length > 0 && performance.now() < end) {
    const still: Question[] = [];
    for (const question of open) if (!(await isAnswered(prometheus, question))) still.push(question);
    open = still;
    if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return open.map(({ name }) => name);
}

const servers = findPrometheusServers();
if (servers.length === 0) t.test('dashboards and rules', { skip: 'no prometheus in PATH' }, () => undefined);

for (const server of servers) {
  t.test(`Prometheus ${server.version}: every panel and every rule has data while something fails`, async (t) => {
    const { config, targets, move } = await startFleet(t);
    const rules = RULE_FILES.map((name) => join(REPOSITORY, 'deploy', name));
    const prometheus = await startPrometheus(t, server, `${config}rule_files: ${JSON.stringify(rules)}\n`);
    const instances = Object.values(targets);
    const questions = [...readBoards().values()].flatMap((board) => [
      ...questionsOfVariables(board, instances),
      ...panelsOf(board)
        .filter(({ title }) => !MAY_BE_EMPTY.has(title))
        .flatMap((panel) => questionsOf(panel, board.uid, instances)),
    ]);
    t.ok(questions.length > 100, `${questions.length} queries`);

    const seen = instances.filter((instance) => instance !== targets['unknownModule']);
    const first = seen.map((instance) => ({
      name: instance,
      expressions: [`probe_success{instance=${JSON.stringify(instance)}}`],
      range: false,
      labels: ['module'],
    }));
    t.same(await unanswered(prometheus, first), [], 'every target is probed');
    await move();
    t.same(await unanswered(prometheus, questions), [], 'panels without data');
    t.same(await unanswered(prometheus, questionsOfRules()), [], 'rules without data');

    // A scrape that a busy machine makes too long shows nothing of its target: the next one does.
    const failures = Object.entries(FAILURES).map(([name, reason]) => ({ target: targets[name] ?? '', reason }));
    await until(async () => {
      const answer = await askPrometheus<Answer>(prometheus, 'query', { query: 'probe_failure_info' });
      const reasons = new Map(answer?.result.map(({ metric }) => [metric['instance'], metric['reason']]));
      return failures.every(({ target, reason }) => reasons.get(target) === reason);
    }, 'each failure has its reason');
    await until(async () => {
      const answer = await askPrometheus<{ readonly alerts: readonly Alert[] }>(prometheus, 'alerts');
      const down = answer?.alerts.filter(({ labels }) => labels['alertname'] === 'SondeProbeFailed') ?? [];
      const texts = new Map(down.map(({ labels, annotations }) => [labels['instance'], annotations['description']]));
      return failures.every(({ target, reason }) => texts.get(target)?.includes(reason.replaceAll('_', ' ')) === true);
    }, 'each alert says why');
    t.same(await faultyRules(prometheus), [], 'no rule fails to be evaluated');
  });
}

/** What fails all the time, and why. */
const FAILURES = {
  refused: 'connection_refused',
  expired: 'tls_certificate_expired',
  missing: 'status_code_mismatch',
  silent: 'response_timeout',
};

interface RuleGroups {
  readonly groups: readonly { readonly rules: readonly { readonly name: string; readonly lastError?: string }[] }[];
}

async function faultyRules(prometheus: string): Promise<readonly string[]> {
  const { groups } = (await askPrometheus<RuleGroups>(prometheus, 'rules')) ?? { groups: [] };
  const rules = groups.flatMap((group) => group.rules);
  if (rules.length !== readRules().length) return [`Prometheus has ${rules.length} rules`];
  return rules.flatMap(({ name, lastError = '' }) => (lastError === '' ? [] : [`${name}: ${lastError}`]));
}
