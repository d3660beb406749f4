import t from 'tap';
import { FAILURE_REASONS } from '../src/probe/failure.js';
import { type Board, type BoardPanel, labelColumns, panelsOf, readBoards } from './helpers/documents/dashboards.js';
import { undocumentedMetrics } from './helpers/documents/documented-metrics.js';
import { metricNames } from './helpers/documents/promql.js';

const BOARDS = readBoards();
const UIDS = [...BOARDS.values()].map(({ uid }) => uid);

/** Panels that come with Grafana. */
const CORE_PANELS = ['row', 'stat', 'timeseries', 'state-timeline', 'bargauge', 'heatmap', 'table'];
/** Grafana's own variables. */
const BUILT_IN = ['__range', '__interval', '__rate_interval', '__url_time_range', '__data', '__all'];
/** What Prometheus itself says of a scrape. */
const OF_PROMETHEUS = ['up'];

const queriesOf = (panel: BoardPanel): readonly string[] => (panel.targets ?? []).map(({ expr }) => expr);
const definitionsOf = ({ templating }: Board): readonly string[] =>
  templating.list.flatMap(({ definition }) => definition ?? []);

t.test('there are four, each under its own name', async (t) => {
  t.same([...BOARDS.keys()].sort(), [
    'sonde-certificates.json',
    'sonde-fleet.json',
    'sonde-service.json',
    'sonde-target.json',
  ]);
  for (const [name, { uid, title, schemaVersion }] of BOARDS) {
    t.equal(`${uid}.json`, name);
    t.match(title, /^Sonde/);
    t.equal(schemaVersion, 41, 'the model of Grafana 11.6 and 12');
  }
});

for (const [name, board] of BOARDS) {
  const panels = panelsOf(board);
  const shown = panels.filter(({ type }) => type !== 'row');

  t.test(`${name}: panels say what they show`, async (t) => {
    t.ok(shown.length >= 10, `${shown.length} panels`);
    t.equal(new Set(panels.map(({ id }) => id)).size, panels.length, 'each id is there once');
    for (const { type, title, description, fieldConfig, targets } of shown) {
      t.ok(CORE_PANELS.includes(type), `${title}: ${type}`);
      t.ok(title.length > 0 && (description ?? '').length > title.length / 2, `${title}: description`);
      t.type(fieldConfig?.defaults.unit, 'string', `${title}: unit`);
      t.ok((targets ?? []).length > 0, `${title}: queries`);
      for (const { datasource } of targets ?? []) t.equal(datasource.uid, '${datasource}', title);
    }
  });

  t.test(`${name}: metrics exist`, async (t) => {
    const expressions = [...shown.flatMap(queriesOf), ...definitionsOf(board).map(inLabelValues)];
    const names = expressions.flatMap(metricNames).filter((metric) => !OF_PROMETHEUS.includes(metric));
    t.ok(names.length > 5);
    t.same(undocumentedMetrics(names), []);
  });

  t.test(`${name}: variables are defined, links lead somewhere`, async (t) => {
    const defined = board.templating.list.map((variable) => variable.name);
    t.same(defined, ['datasource', 'job', 'instance', 'module']);
    const text = JSON.stringify(board);
    const used = [...text.matchAll(/\$(?:\{(\w+)|(\w+))/g)].map(([, braced, plain]) => braced ?? plain ?? '');
    t.same(
      [...new Set(used)].filter((variable) => !defined.includes(variable) && !BUILT_IN.includes(variable)),
      [],
    );
    const links = [...text.matchAll(/"\/d\/([\w-]+)/g)].map(([, uid]) => uid);
    t.ok(board.links.length === UIDS.length - 1 && links.length >= board.links.length);
    t.same(
      links.filter((uid) => !UIDS.includes(uid ?? '')),
      [],
    );
  });

  t.test(`${name}: panels lie side by side within the grid`, async (t) => {
    for (const group of [board.panels, ...panels.map(({ panels: inside }) => inside ?? [])]) {
      for (const panel of group) {
        t.ok(panel.gridPos.x + panel.gridPos.w <= 24, panel.title);
        t.same(
          group.filter((other) => other.id !== panel.id && overlap(panel, other)).map(({ title }) => title),
          [],
          panel.title,
        );
      }
    }
  });
}

t.test('tables show every reason in words', async (t) => {
  const tables = [...BOARDS.values()].flatMap(panelsOf).filter((panel) => labelColumns(panel).includes('reason'));
  t.ok(tables.length >= 3);
  for (const { title, fieldConfig } of tables) {
    const column = fieldConfig?.overrides.find(({ matcher }) => matcher.options === 'reason');
    const mappings = column?.properties.find(({ id }) => id === 'mappings')?.value as
      readonly { readonly options: Readonly<Record<string, { readonly text: string }>> }[] | undefined;
    t.same(Object.keys(mappings?.[0]?.options ?? {}), Object.keys(FAILURE_REASONS), title);
  }
});

/** The selector in `label_values(selector, label)`; a regular expression of names is not looked into. */
function inLabelValues(definition: string): string {
  return /^label_values\((.*), \w+\)$/.exec(definition)?.[1] ?? definition;
}

function overlap({ gridPos: a }: BoardPanel, { gridPos: b }: BoardPanel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
