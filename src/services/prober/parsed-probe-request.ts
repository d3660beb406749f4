import type { IncomingMessage } from 'node:http';
import { HttpError } from '../../http/answers/http-reply.js';
import type { QueryParameters } from '../../http/routes/query-parameters.js';
import { ParamError } from '../../probe/param-error.js';
import type { ModuleParams, ProbeModule } from '../../probe/probe-module.js';
import type { ProbeRequest } from '../../probe/prober.js';
import type { TargetName } from '../../probe/targets/target-state.js';
import { probeTimeoutSeconds } from '../../probe/timeout.js';
import { parseGoFloat } from '../../values/go/go-number.js';
import { goQuote } from '../../values/go/go-quote.js';
import { assertNameLength } from '../name-length.js';
import { decodeTarget } from './decode-target.js';

/** All that a request for a probe asks for. */
export interface ParsedProbeRequest {
  /** Filled with the request's parameters, if it declares some. */
  readonly module: ProbeModule;
  readonly request: ProbeRequest;
  /** The identity of the target: the parameter as it was given, and the parameters that the module declares. */
  readonly name: TargetName;
  readonly timeoutSeconds: number;
  readonly debug: boolean;
}

/** Dependencies of parsing a request for a probe. */
export interface ProbeRequestOptions {
  readonly modules: ReadonlyMap<string, ProbeModule>;
  readonly timeoutOffsetSeconds: number;
  readonly onUnknownModule: () => void;
}

const DEFAULT_MODULE = 'http_2xx';
const TIMEOUT_HEADER = 'x-prometheus-scrape-timeout-seconds';

/**
 * Reads a request for a probe; throws HttpError, or rejects with it, in upstream's order and words. Most modules have
 * no parameters, and need no promise.
 */
export function parseProbeRequest(
  headers: IncomingMessage['headers'],
  parameters: QueryParameters,
  options: ProbeRequestOptions,
): ParsedProbeRequest | Promise<ParsedProbeRequest> {
  const chosen = chooseModule(parameters, options);
  const scrapeSeconds = scrapeTimeoutOf(headers);
  const offsetSeconds = options.timeoutOffsetSeconds;
  const asked = readRequest(parameters);
  const more = { scrapeSeconds, offsetSeconds, debug: parameters.get('debug') === 'true' };
  if (chosen.params === undefined) return completed(unfilled(chosen, asked), more);
  return fill(chosen, chosen.params, asked).then((filled) => completed(filled, more));
}

interface AlsoAsked {
  readonly scrapeSeconds: number | undefined;
  readonly offsetSeconds: number;
  readonly debug: boolean;
}

function completed(
  { module, request, name }: Filled,
  { scrapeSeconds, offsetSeconds, debug }: AlsoAsked,
): ParsedProbeRequest {
  const refusal = module.refuse(request);
  if (refusal !== undefined) throw new HttpError(400, refusal);
  const { timeoutSeconds: moduleSeconds } = module;
  const timeoutSeconds = probeTimeoutSeconds({ scrapeSeconds, moduleSeconds, offsetSeconds });
  return { module, request, name, timeoutSeconds, debug };
}

type Filled = Pick<ParsedProbeRequest, 'module' | 'request' | 'name'>;

function unfilled(module: ProbeModule, request: ProbeRequest): Filled {
  const { target, hostname } = request;
  return { module, request, name: { module: module.name, target, ...(hostname !== undefined && { hostname }) } };
}

async function fill({ name }: ProbeModule, params: ModuleParams, asked: ProbeRequest): Promise<Filled> {
  try {
    const { module, request, used } = await params.fill(asked);
    const { hostname } = request;
    const named = { module: name, target: asked.target, ...(hostname !== undefined && { hostname }) };
    const query = new URLSearchParams(used.map(([key, value]): [string, string] => [key, value])).toString();
    return { module, request, name: { ...named, ...(query !== '' && { params: query }) } };
  } catch (error) {
    if (error instanceof ParamError) throw new HttpError(400, error.message);
    throw error;
  }
}

/** A parameter of the query. An empty one counts as missing, everywhere. */
function parameter(parameters: QueryParameters, name: string): string | undefined {
  const value = parameters.get(name);
  return value === '' ? undefined : value;
}

function chooseModule(parameters: QueryParameters, { modules, onUnknownModule }: ProbeRequestOptions): ProbeModule {
  const name = parameter(parameters, 'module') ?? DEFAULT_MODULE;
  const module = modules.get(name);
  if (module !== undefined) return module;
  onUnknownModule();
  throw new HttpError(400, `Unknown module ${goQuote(name)}`);
}

/**
 * Reads the scrape timeout. A header that is no number gets status 500, as with upstream: scrape configurations are
 * debugged by it.
 */
function scrapeTimeoutOf(headers: IncomingMessage['headers']): number | undefined {
  const header = headers[TIMEOUT_HEADER];
  if (header === undefined || header === '') return undefined;
  try {
    return parseGoFloat(String(header));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new HttpError(500, `Failed to parse timeout from Prometheus header: ${error.message}`);
  }
}

function readRequest(parameters: QueryParameters): ProbeRequest {
  const target = parameter(parameters, 'target');
  if (target === undefined) throw new HttpError(400, 'Target parameter is missing');
  const hostname = parameter(parameters, 'hostname');
  assertNameLength('Target', target);
  assertNameLength('Hostname', hostname);
  return { target: decodeTarget(target), ...(hostname !== undefined && { hostname }), params: parameters };
}
