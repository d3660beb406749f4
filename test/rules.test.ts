import t from 'tap';
import { undocumentedMetrics } from './helpers/documents/documented-metrics.js';
import { metricNames } from './helpers/documents/promql.js';
import { readRuleCases, readRules } from './helpers/documents/rule-files.js';

const RULES = readRules();
const CASES = readRuleCases();
const recorded = RULES.flatMap(({ record }) => record ?? []);
const alerts = RULES.flatMap(({ alert }) => alert ?? []);

t.test('the names of metrics in an expression', async (t) => {
  const rows = [
    { expression: 'probe_success == 0', names: ['probe_success'] },
    { expression: 'max by (job) (a_b{x="c_d{"}) and on (job) c:d:e[5m] @ end() > 1', names: ['a_b', 'c:d:e'] },
    { expression: 'avg_over_time(a[$__range:1m]) * ignoring(x) group_left () time()', names: ['a'] },
    { expression: '(a or b) unless c offset 1h', names: ['a', 'b', 'c'] },
  ];
  for (const { expression, names } of rows) t.same(metricNames(expression), names, expression);
});

t.test('every metric exists', async (t) => {
  t.ok(RULES.length >= 30);
  const names = RULES.flatMap(({ expr }) => metricNames(expr)).filter((name) => name !== 'up');
  t.same(undocumentedMetrics(names.filter((name) => !name.includes(':'))), []);
  t.same(
    names.filter((name) => name.includes(':') && !recorded.includes(name)),
    [],
    'what is recorded has a rule',
  );
});

t.test('every rule has a name of its own', async (t) => {
  t.equal(new Set([...recorded, ...alerts]).size, RULES.length);
});

t.test('every alert is tested where it fires and where it does not', async (t) => {
  const cases = CASES.flatMap((each) => each.alert_rule_test ?? []);
  for (const alert of alerts) {
    const counts = cases.filter((each) => each.alertname === alert).map((each) => each.exp_alerts.length);
    t.ok(counts.includes(0), `${alert}: a case without it`);
    t.ok(
      counts.some((count) => count > 0),
      `${alert}: a case with it`,
    );
  }
});

t.test('every recording rule is tested with data and without', async (t) => {
  const cases = CASES.flatMap((each) => each.promql_expr_test ?? []);
  for (const record of recorded) {
    const counts = cases
      .filter(({ expr }) => metricNames(expr).includes(record))
      .map(({ exp_samples: samples }) => samples.length);
    t.ok(counts.includes(0), `${record}: a case without data`);
    t.ok(
      counts.some((count) => count > 0),
      `${record}: a case with data`,
    );
  }
});
