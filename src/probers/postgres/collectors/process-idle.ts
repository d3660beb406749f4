import type { Sample } from '../../../metrics/metric-family.js';
import { loopTurns } from '../../../values/loop-turns.js';
import type { TextRow } from '../../server-client/packed-rows.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import { type CollectorSpec, numberOf } from '../../server-client/view.js';

// Name, text and bounds are those of postgres_exporter 0.19.
const FAMILY = { name: 'pg_process_idle_seconds', help: 'Idle time of server processes', type: 'histogram' } as const;
const BOUNDS_SECONDS = [1, 2, 5, 15, 30, 60, 90, 120, 300] as const;

/** The most groups of an application and a state; a server has some tens of them. */
const MOST_GROUPS = 1000;

const IDLE = 'extract(epoch FROM now() - state_change)';
const COUNTS = BOUNDS_SECONDS.map((bound) => `count(*) FILTER (WHERE ${IDLE} <= ${bound})`).join(', ');
const SQL = `SELECT application_name, state, count(*), sum(${IDLE}::bigint), ${COUNTS}
  FROM pg_stat_activity WHERE state LIKE 'idle%' AND application_name IS NOT NULL AND pid <> pg_backend_pid()
  GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ${MOST_GROUPS + 1}`;

/** How long the idle sessions have been idle. */
export const PROCESS_IDLE: CollectorSpec = {
  name: 'process_idle',
  isDefault: false,
  collect: async ({ ask, metrics, nextTurn }) => {
    const rows = await ask(SQL);
    if (rows.length > MOST_GROUPS) throw new StatementRefused(`more than ${MOST_GROUPS} rows`);
    const samples: Sample[] = [];
    for (const row of rows) {
      if (loopTurns.isOver()) await nextTurn();
      samples.push(sampleOf(row));
    }
    if (samples.length > 0) metrics.add({ ...FAMILY, samples });
  },
};

function sampleOf([application_name, state, count, sum, ...counts]: TextRow): Sample {
  const number = (text: string | null | undefined): number => numberOf(text, 'zero') ?? 0;
  return {
    kind: 'histogram',
    labels: [
      { name: 'application_name', value: application_name ?? '' },
      { name: 'state', value: state ?? '' },
    ],
    buckets: [
      ...BOUNDS_SECONDS.map((upperBound, at) => ({ upperBound, cumulativeCount: number(counts[at]) })),
      { upperBound: Infinity, cumulativeCount: number(count) },
    ],
    sum: number(sum),
    count: number(count),
  };
}
