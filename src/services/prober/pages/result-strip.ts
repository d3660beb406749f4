import { type Html, html } from '../../../http/pages/html.js';
import { MOST_RESULTS, type ProbeResult } from '../../../probe/targets/recent-results.js';
import { durationText } from './duration-text.js';

const HEIGHT = 24;
const STEP = 4;
/** The height of the longest success. A failure has the whole height, so that it can be told without colours, too. */
const HIGHEST_SUCCESS = 16;

/** The last results of a target as bars, the newest at the right: how long each took, and whether it failed. */
export function resultStrip(results: readonly ProbeResult[]): Html {
  const longest = Math.max(...results.map(({ durationSeconds }) => durationSeconds));
  const first = MOST_RESULTS - results.length;
  const bars = results.map(({ durationSeconds, reason }, index) => {
    const share = longest > 0 ? durationSeconds / longest : 0;
    const height = reason === undefined ? Math.max(2, Math.round(share * HIGHEST_SUCCESS)) : HEIGHT;
    return { isGood: reason === undefined, bar: `M${(first + index) * STEP + 2} ${HEIGHT}v-${height}` };
  });
  const pathOf = (isGood: boolean): string =>
    bars
      .filter((each) => each.isGood === isGood)
      .map(({ bar }) => bar)
      .join('');
  return html`<svg class="strip" viewBox="0 0 ${MOST_RESULTS * STEP} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${stripText(results)}"><path class="good" d="${pathOf(true)}"/><path class="bad" d="${pathOf(false)}"/></svg>`;
}

function stripText(results: readonly ProbeResult[]): string {
  const failed = results.filter(({ reason }) => reason !== undefined).length;
  const durations = results.map(({ durationSeconds }) => durationSeconds);
  const range = [Math.min(...durations), Math.max(...durations)].map(durationText);
  const count = results.length === 1 ? 'Last probe' : `Last ${results.length} probes`;
  return `${count}: ${failed === 0 ? 'none' : failed} failed, they took ${[...new Set(range)].join(' to ')}`;
}
