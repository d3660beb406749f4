import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { NamedMetrics } from '../../server-client/named-metrics.js';
import type { TextRow } from '../../server-client/packed-rows.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { CollectorSpec } from '../../server-client/view.js';

/** A server has some 350 settings, and extensions some more. */
const MOST_SETTINGS = 2000;
/** The longest name: 63 bytes, and as many for the extension before the dot. */
const LONGEST_NAME = 200;

/** The value of a setting. Settings that the probe's own session changed are shown as the server has them. */
const SETTING = `CASE
  WHEN name IN ('default_transaction_read_only', 'statement_timeout') THEN reset_val
  WHEN name = 'transaction_read_only' AND NOT pg_is_in_recovery() THEN
    (SELECT d.reset_val FROM pg_settings d WHERE d.name = 'default_transaction_read_only')
  ELSE setting END`;

const SQL = `SELECT name, ${SETTING}, coalesce(unit, ''), vartype FROM pg_settings
  WHERE vartype IN ('bool', 'integer', 'real') ORDER BY name LIMIT ${MOST_SETTINGS + 1}`;

/** A metric for each setting that is a number or a switch. */
export const SETTINGS: CollectorSpec = {
  name: 'pg_settings',
  isDefault: true,
  collect: async ({ ask, nextTurn, metrics, label }) => {
    const rows = await ask(SQL);
    if (rows.length > MOST_SETTINGS) throw new StatementRefused(`more than ${MOST_SETTINGS} rows`);
    const named = new NamedMetrics(metrics, { prefix: 'pg_settings_', type: 'gauge', labels: ['server'] });
    const labels = { server: label };
    const names = new Set<string>();
    for (const row of rows) {
      if (loopTurns.isOver()) await nextTurn();
      const setting = readSetting(row);
      if (setting === undefined || names.has(setting.name)) continue;
      names.add(setting.name);
      named.set(setting.name, { value: setting.value, help: setting.help, labels });
    }
  },
};

interface Setting extends Pick<Meaning, 'name' | 'help'> {
  readonly value: number;
}

/** How a setting is shown. */
interface Meaning {
  readonly name: string;
  readonly help: string;
  /** What its number is multiplied with; undefined if it is one without a unit. */
  readonly factor: number | undefined;
}

/** The longest unit that is known. */
const LONGEST_UNIT = 16;
/** The meanings of the last settings, by unit and name: they are the same with each scrape. */
const known = new Map<string, Meaning | undefined>();
const MOST_KNOWN = 4096;

/** Reads a setting; undefined if its name cannot be that of a metric, if it is no number, or if its unit is unknown. */
function readSetting([name, text, givenUnit, type]: TextRow): Setting | undefined {
  if (typeof name !== 'string' || typeof text !== 'string' || name.length > LONGEST_NAME) return undefined;
  const unit = type === 'bool' ? '' : (givenUnit ?? '');
  const meaning = unit.length > LONGEST_UNIT ? undefined : meaningOf(name, unit);
  if (meaning === undefined) return undefined;
  const { name: metric, help, factor } = meaning;
  if (type === 'bool') return { name: metric, help, value: text === 'on' ? 1 : 0 };
  const number = parseFloatText(text);
  if (number === undefined) return undefined;
  // With a unit, the value -1 means: not set, or the default.
  return { name: metric, help, value: factor === undefined || number === -1 ? number : number * factor };
}

function meaningOf(name: string, unit: string): Meaning | undefined {
  const key = `${unit} ${name}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const meaning = readMeaning(name, unit);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, meaning);
  return meaning;
}

function readMeaning(name: string, unit: string): Meaning | undefined {
  if (!/^\w[\w.]*$/.test(name)) return undefined;
  const plain = { name: name.replaceAll('.', '_'), help: `Server Parameter: ${name}` };
  if (unit === '') return { ...plain, factor: undefined };
  const scale = scaleOf(unit);
  if (scale === undefined) return undefined;
  const [base, factor] = scale;
  return { name: `${plain.name}_${base}`, help: `${plain.help} [Units converted to ${base}.]`, factor };
}

const SECONDS: ReadonlyMap<string, number> = new Map([
  ['us', 1e-6],
  ['ms', 1e-3],
  ['s', 1],
  ['min', 60],
  ['h', 3600],
  ['d', 86_400],
]);
const BYTES: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['kB', 2 ** 10],
  ['MB', 2 ** 20],
  ['GB', 2 ** 30],
  ['TB', 2 ** 40],
]);

/** Sizes may count blocks: `8kB` (PostgreSQL manual, pg_settings). */
function scaleOf(unit: string): readonly [base: 'seconds' | 'bytes', factor: number] | undefined {
  const seconds = SECONDS.get(unit);
  if (seconds !== undefined) return ['seconds', seconds];
  const [, count = '', name = ''] = /^(\d{0,6})([kMGT]?B)$/.exec(unit) ?? [];
  const bytes = BYTES.get(name);
  return bytes === undefined ? undefined : ['bytes', bytes * Number(count === '' ? 1 : count)];
}
