// Tables: a builder of Grafana panels as those in panels.mjs.
import { base, letter } from './panels.mjs';

/** The name that a query's values have in a table. */
const valueName = (index, count) => (count === 1 ? 'Value' : `Value #${letter(index)}`);

/**
 * A row for each set of labels. `columns` are `[label, properties]` for labels and `[index of the query, properties]`
 * for values, in their order; properties: `title`, `unit`, `mappings`, `thresholds` (which colour the text), `link`,
 * `width`. What is not listed is not shown.
 */
export function table({ width = 24, height = 9, columns, sortBy, ...spec }) {
  const named = columns.map(([key, properties]) => [
    typeof key === 'number' ? valueName(key, spec.queries.length) : key,
    properties,
  ]);
  const transformations = [
    ...(spec.queries.length > 1 ? [{ id: 'merge', options: {} }] : []),
    { id: 'filterFieldsByName', options: { include: { names: named.map(([name]) => name) } } },
    { id: 'organize', options: { indexByName: Object.fromEntries(named.map(([name], index) => [name, index])) } },
  ];
  const options = {
    cellHeight: 'sm',
    showHeader: true,
    sortBy: sortBy === undefined ? [] : [{ displayName: sortBy[0], desc: sortBy[1] === 'desc' }],
  };
  const custom = { align: 'auto', cellOptions: { type: 'auto' }, filterable: true, inspect: false };
  const overrides = named.map(([name, properties]) => columnOverride(name, properties, spec.noValue));
  return base(
    'table',
    { width, height, ...spec, overrides, transformations },
    { instant: true, format: 'table', custom, options },
  );
}

/** The panel's `noValue` is for an empty table; a cell that is empty only says so. */
function columnOverride(name, { title, unit, mappings, thresholds, link, width }, noValue) {
  const isColoured = thresholds !== undefined || mappings?.some(({ options }) => hasColour(options));
  const properties = [
    ['displayName', title],
    ['noValue', noValue === undefined ? undefined : '–'],
    ['unit', unit],
    ['mappings', mappings],
    ['thresholds', thresholds],
    ['custom.cellOptions', isColoured ? { type: 'color-text' } : undefined],
    ['custom.width', width],
    ['links', link === undefined ? undefined : [link]],
  ];
  return {
    matcher: { id: 'byName', options: name },
    properties: properties.filter(([, value]) => value !== undefined).map(([id, value]) => ({ id, value })),
  };
}

const hasColour = (options) => Object.values(options).some(({ color }) => color !== undefined);
