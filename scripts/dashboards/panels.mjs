// Builders of Grafana panels: each takes what is particular to a panel, and gives its JSON without an id and a place
// (frame.mjs has these). Colours are names of Grafana's palette, so that light and dark themes each have their own
// shade.

export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

export const letter = (index) => String.fromCharCode('A'.charCodeAt(0) + index);

/**
 * `[expression, legend]` pairs as Grafana's queries; `instant` ones give the value at the end of the time range only.
 */
function targets(queries, { instant, format }) {
  return queries.map(([expr, legend = '__auto'], index) => ({
    datasource: DATASOURCE,
    editorMode: 'code',
    expr,
    format,
    instant,
    range: !instant,
    legendFormat: legend,
    refId: letter(index),
  }));
}

/** `[colour, from]` pairs; the first colour is that of all values below. */
export const steps = (...pairs) => ({
  mode: 'absolute',
  steps: pairs.map(([color, value = null]) => ({ color, value })),
});

const PLAIN = steps(['text']);

/** `{ 0: ['Down', 'red'] }`: words in the place of values. */
export const words = (options) => [
  {
    type: 'value',
    options: Object.fromEntries(
      Object.entries(options).map(([value, [text, color]], index) => [value, { text, color, index }]),
    ),
  },
];

/** A panel of any type; `instant`, `format`, `custom`, `options` and `colour` are what its type makes of it. */
export function base(
  type,
  spec,
  { instant, format = 'time_series', custom = {}, options, colour = { mode: 'thresholds' } },
) {
  const { title, description, unit, queries, thresholds = PLAIN, mappings = [], overrides = [] } = spec;
  return {
    type,
    title,
    description,
    datasource: DATASOURCE,
    width: spec.width,
    height: spec.height,
    fieldConfig: {
      defaults: {
        unit,
        color: colour,
        custom,
        mappings,
        thresholds,
        ...(spec.noValue !== undefined && { noValue: spec.noValue }),
        ...(spec.decimals !== undefined && { decimals: spec.decimals }),
        ...(spec.min !== undefined && { min: spec.min }),
        ...(spec.max !== undefined && { max: spec.max }),
      },
      overrides,
    },
    options,
    targets: targets(queries, { instant, format }),
    ...(spec.transformations !== undefined && { transformations: spec.transformations }),
  };
}

const LAST = { calcs: ['lastNotNull'], fields: '', values: false };

/** One figure a series. */
export function stat({ width = 4, height = 4, ...spec }) {
  const options = {
    colorMode: 'value',
    graphMode: 'none',
    justifyMode: 'auto',
    orientation: 'auto',
    reduceOptions: LAST,
    textMode: spec.textMode ?? 'auto',
    wideLayout: true,
  };
  return base('stat', { width, height, ...spec }, { instant: true, options });
}

/** Lines; `stacked` for parts of a whole, `bars` for counts. */
export function timeseries({ width = 12, height = 8, stacked = false, bars = false, stepped = false, ...spec }) {
  const custom = {
    drawStyle: bars ? 'bars' : 'line',
    lineInterpolation: stepped ? 'stepAfter' : 'linear',
    lineWidth: 1,
    fillOpacity: stacked || bars ? 40 : 8,
    showPoints: 'auto',
    pointSize: 4,
    spanNulls: false,
    stacking: { group: 'A', mode: stacked ? 'normal' : 'none' },
    axisPlacement: 'auto',
    thresholdsStyle: { mode: spec.thresholds === undefined ? 'off' : 'dashed' },
  };
  const options = {
    legend: { calcs: ['lastNotNull', 'max'], displayMode: 'table', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  };
  const colour = { mode: 'palette-classic' };
  return base('timeseries', { width, height, min: 0, ...spec }, { instant: false, custom, options, colour });
}

/** A strip a series, in the colours of its mappings. */
export function stateTimeline({ width = 24, height = 8, ...spec }) {
  const custom = { fillOpacity: 80, lineWidth: 0 };
  const options = {
    alignValue: 'left',
    mergeValues: true,
    rowHeight: 0.85,
    showValue: 'never',
    legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'single', sort: 'none' },
  };
  return base('state-timeline', { width, height, ...spec }, { instant: false, custom, options });
}

/** A bar a series, the longest being the greatest. */
export function barGauge({ width = 12, height = 8, ...spec }) {
  const options = {
    displayMode: 'basic',
    minVizHeight: 16,
    minVizWidth: 8,
    namePlacement: 'left',
    orientation: 'horizontal',
    reduceOptions: LAST,
    showUnfilled: true,
    sizing: 'auto',
    valueMode: 'color',
  };
  return base('bargauge', { width, height, min: 0, ...spec }, { instant: true, options });
}

/** A Prometheus histogram over time; the query gives a series a bucket, with the label `le`. */
export function heatmap({ width = 12, height = 8, ...spec }) {
  const options = {
    calculate: false,
    cellGap: 1,
    color: {
      mode: 'scheme',
      scheme: 'Blues',
      exponent: 0.5,
      fill: 'blue',
      reverse: false,
      scale: 'exponential',
      steps: 64,
    },
    filterValues: { le: 1e-9 },
    legend: { show: true },
    rowsFrame: { layout: 'auto' },
    tooltip: { mode: 'single', showColorScale: true, yHistogram: false },
    yAxis: { axisPlacement: 'left', reverse: false, unit: spec.unit },
  };
  const custom = { scaleDistribution: { type: 'linear' } };
  return base('heatmap', { width, height, ...spec }, { instant: false, format: 'heatmap', custom, options });
}
