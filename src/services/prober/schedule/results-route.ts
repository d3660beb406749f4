import { HttpError } from '../../../http/answers/http-reply.js';
import { sendMetricPieces, wantedFormat } from '../../../http/answers/send-metrics.js';
import type { Route } from '../../../http/exchange.js';
import { parseQuery, type QueryParameters } from '../../../http/routes/query-parameters.js';
import { isSelected, readSelection, type Selection } from '../discovery/target-selection.js';
import type { BucketForm } from './duration-counts.js';
import { resultPieces } from './results-exposition.js';
import type { ScheduledTarget } from './scheduled-target.js';

const FORMS: readonly (BucketForm | 'none')[] = ['classic', 'native', 'both', 'none'];

/**
 * `GET /metrics/targets[?module=][&match=label=value][&shard=1&of=4][&histograms=native]`: the results of the
 * schedule's probes, with the labels of their targets. Native histograms are sent as protobuf only.
 */
export function resultsRoute(targets: () => ReadonlyMap<string, ScheduledTarget>): Route {
  return ({ request, response, query }) => {
    const selection = readSelection(query, ['histograms']);
    const format = wantedFormat(request);
    const asked = readForm(parseQuery(query));
    const form = { format, histograms: format.kind === 'text' && asked === 'both' ? 'classic' : asked };
    const pieces = resultPieces(selected(targets(), selection), form);
    return sendMetricPieces(request, response, { format, pieces });
  };
}

function* selected(targets: ReadonlyMap<string, ScheduledTarget>, selection: Selection): Generator<ScheduledTarget> {
  for (const target of targets.values()) if (isSelected(target.plan.target, selection)) yield target;
}

function readForm(parameters: QueryParameters): BucketForm | 'none' {
  const text = parameters.get('histograms') ?? 'both';
  const form = FORMS.find((known) => known === text);
  if (form !== undefined) return form;
  throw new HttpError(400, `histograms is none of ${FORMS.join(', ')}: ${JSON.stringify(text.slice(0, 50))}`);
}
