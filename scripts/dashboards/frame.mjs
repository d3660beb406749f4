// What all four dashboards have in common: identity, variables, links to each other, and the places of their panels.
import { DATASOURCE } from './panels.mjs';

/** Grafana's version of the dashboard model: 41 is that of 11.6 and 12. */
const SCHEMA_VERSION = 41;
const GRID_WIDTH = 24;

/** The dashboards, with the variables that they hand over to each other: those of Sonde itself select other jobs. */
const DASHBOARDS = {
  'sonde-fleet': 'Sonde: fleet overview',
  'sonde-target': 'Sonde: one target',
  'sonde-certificates': 'Sonde: certificates',
  'sonde-service': 'Sonde itself',
};

const datasourceVariable = {
  name: 'datasource',
  label: 'Data source',
  type: 'datasource',
  query: 'prometheus',
  regex: '',
  refresh: 1,
  hide: 0,
  multi: false,
  includeAll: false,
  options: [],
  skipUrlSync: false,
};

/**
 * A variable of a label's values. `several`: any number of them, all at first; `allValue` then stands for all, also for
 * series without the label.
 */
export function variable(name, label, query, { several = true, allValue } = {}) {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    definition: query,
    query: { qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
    regex: '',
    refresh: 2,
    sort: 1,
    hide: 0,
    multi: several,
    includeAll: several,
    ...(allValue !== undefined && { allValue }),
    options: [],
    ...(several && { current: { selected: true, text: ['All'], value: ['$__all'] } }),
    skipUrlSync: false,
  };
}

function link(from, uid) {
  const isRelated = (from === 'sonde-service') === (uid === 'sonde-service');
  return {
    title: DASHBOARDS[uid],
    type: 'link',
    url: isRelated ? `/d/${uid}` : `/d/${uid}?\${datasource:queryparam}`,
    icon: 'dashboard',
    tags: [],
    tooltip: '',
    asDropdown: false,
    includeVars: isRelated,
    keepTime: true,
    targetBlank: false,
  };
}

/**
 * Puts panels side by side from the left, and into a new line where they do not fit. A row that is collapsed holds its
 * panels itself.
 */
function place(rows) {
  let id = 0;
  let y = 0;
  return rows.flatMap(({ title, collapsed = false, panels }) => {
    const head = {
      type: 'row',
      id: ++id,
      title,
      collapsed,
      gridPos: { x: 0, y: y++, w: GRID_WIDTH, h: 1 },
    };
    let x = 0;
    let lineHeight = 0;
    const placed = panels.map(({ width, height, ...panel }) => {
      if (x + width > GRID_WIDTH) [x, y, lineHeight] = [0, y + lineHeight, 0];
      const gridPos = { x, y, w: width, h: height };
      [x, lineHeight] = [x + width, Math.max(lineHeight, height)];
      return { id: ++id, ...panel, gridPos };
    });
    y += lineHeight;
    return collapsed ? [{ ...head, panels: placed }] : [{ ...head, panels: [] }, ...placed];
  });
}

/** A dashboard as Grafana imports it. `rows`: `{ title, collapsed, panels }`. */
export function dashboard({ uid, description, variables, rows }) {
  return {
    id: null,
    uid,
    title: DASHBOARDS[uid],
    description,
    tags: ['sonde'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    timepicker: {},
    fiscalYearStartMonth: 0,
    weekStart: '',
    preload: false,
    annotations: { list: [] },
    links: Object.keys(DASHBOARDS)
      .filter((other) => other !== uid)
      .map((other) => link(uid, other)),
    templating: { list: [datasourceVariable, ...variables] },
    panels: place(rows),
  };
}
