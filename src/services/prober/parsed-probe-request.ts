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

/** Reads a request for a probe; rejects with HttpError in upstream's order and words. */
export async function parseProbeRequest(
  headers: IncomingMessage['headers'],
  parameters: QueryParameters,
  options: ProbeRequestOptions,
): Promise<ParsedProbeRequest> {
  const chosen = chooseModule(parameters, options);
  const scrapeSeconds = scrapeTimeoutOf(headers);
  const asked = readRequest(parameters);
  // Most modules have no parameters; they do not wait for a promise.
  const { module, request, name } =
    chosen.params === undefined ? unfilled(chosen, asked) : await fill(chosen, chosen.params, asked);
  const refusal = module.refuse(request);
  if (refusal !== undefined) throw new HttpError(400, refusal);
  const { timeoutSeconds: moduleSeconds } = module;
  const timeoutSeconds = probeTimeoutSeconds({
    scrapeSeconds,
    moduleSeconds,
    offsetSeconds: options.timeoutOffsetSeconds,
  });
  return { module, request, name, timeoutSeconds, debug: parameters.get('debug') === 'true' };
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
