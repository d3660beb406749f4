import { PIECE_BYTES, sendPieces } from '../../../http/answers/send-pieces.js';
import type { Route, WebRequest } from '../../../http/exchange.js';
import { escapeName } from '../../../metrics/escape-name.js';
import { type ServicePlace, serviceUrl } from '../pages/service-url.js';
import type { KnownTarget } from './known-target.js';
import { isSelected, readSelection, type Selection } from './target-selection.js';
import type { TargetStore } from './target-store.js';

/** The dependencies of `/sd`. */
export interface SdOptions {
  readonly store: Pick<TargetStore, 'targets'>;
  readonly place: ServicePlace;
}

/** The address and scheme at which Prometheus reaches this service. */
interface Whereabouts {
  readonly address: string;
  readonly scheme: string;
  readonly path: string;
  /** The name of a label as the client can read it. */
  readonly nameFor: (name: string) => string;
}

/**
 * `GET /sd[?module=][&match=label=value][&shard=1&of=4]`: all targets of the targets files in the form of Prometheus'
 * HTTP service discovery, each with what leads its scrape to `/probe` here, so that a job needs no relabelling.
 */
export function sdRoute({ store, place }: SdOptions): Route {
  return async (exchange) => {
    const { request, response, query } = exchange;
    const selection = readSelection(query);
    const { host, protocol, pathname } = new URL(serviceUrl(request, place));
    const here: Whereabouts = {
      address: host,
      scheme: protocol.slice(0, -1),
      path: `${pathname}probe`,
      nameFor: namesFor(request),
    };
    const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };
    const pieces = request.method === 'HEAD' ? [] : piecesOf(store.targets, selection, here);
    await sendPieces(response, { headers, pieces });
  };
}

/** The servers that take no names of labels but those of letters, digits and underscores. */
const BEFORE_3 = /^Prometheus\/[0-2]\./;

/**
 * Prometheus 2 refuses a whole answer for one name that is not legacy, so it gets these with underscores, as it does
 * from `/metrics/targets`. Each name is escaped once: the targets of a group share theirs.
 */
function namesFor({ headers }: WebRequest): Whereabouts['nameFor'] {
  if (!BEFORE_3.test(headers['user-agent'] ?? '')) return (name) => name;
  const escaped = new Map<string, string>();
  return (name) => {
    const known = escaped.get(name);
    if (known !== undefined) return known;
    const older = escapeName(name, 'underscores');
    escaped.set(name, older);
    return older;
  };
}

/** The targets between two looks at the clock: a thousand shards take 1 ms for 100 of them. */
const TARGETS_A_STEP = 64;

function* piecesOf(targets: readonly KnownTarget[], selection: Selection, here: Whereabouts): Generator<string> {
  let text = '[';
  let separator = '\n';
  for (const [index, target] of targets.entries()) {
    // An empty piece gives others their turn.
    if (index % TARGETS_A_STEP === 0) yield '';
    if (!isSelected(target, selection)) continue;
    text += separator + JSON.stringify({ targets: [here.address], labels: labelsOf(target, here) });
    separator = ',\n';
    if (text.length < PIECE_BYTES / 4) continue;
    yield text;
    text = '';
  }
  yield `${text}\n]\n`;
}

/** A map, as names of labels are foreign; JSON takes its entries in their order. */
function labelsOf(
  { target, module, params, labels }: KnownTarget,
  here: Whereabouts,
): Readonly<Record<string, string>> {
  const all = new Map([['instance', target]]);
  for (const [name, value] of labels) all.set(here.nameFor(name), value);
  all.set('__metrics_path__', here.path).set('__scheme__', here.scheme).set('__param_target', target);
  if (module !== undefined) all.set('__param_module', module);
  for (const [name, value] of params) all.set(here.nameFor(`__param_${name}`), value);
  return Object.fromEntries(all);
}
