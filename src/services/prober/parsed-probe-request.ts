import type { IncomingMessage } from 'node:http';
import { HttpError } from '../../http/answers/http-reply.js';
import type { QueryParameters } from '../../http/routes/query-parameters.js';
import type { ProbeModule } from '../../probe/probe-module.js';
import type { ProbeRequest } from '../../probe/prober.js';
import { probeTimeoutSeconds } from '../../probe/timeout.js';
import { parseGoFloat } from '../../values/go/go-number.js';
import { goQuote } from '../../values/go/go-quote.js';
import { decodeTarget } from './decode-target.js';

/** All that a request for a probe asks for. */
export interface ParsedProbeRequest {
  readonly module: ProbeModule;
  readonly request: ProbeRequest;
  readonly timeoutSeconds: number;
  readonly debug: boolean;
}

/** What a request for a probe is read with. */
export interface ProbeOrderOptions {
  readonly modules: ReadonlyMap<string, ProbeModule>;
  readonly timeoutOffsetSeconds: number;
  readonly onUnknownModule: () => void;
}

const DEFAULT_MODULE = 'http_2xx';
const TIMEOUT_HEADER = 'x-prometheus-scrape-timeout-seconds';

/** Reads a request for a probe; throws HttpError in upstream's order and words. */
export function parseProbeRequest(
  headers: IncomingMessage['headers'],
  parameters: QueryParameters,
  options: ProbeOrderOptions,
): ParsedProbeRequest {
  const module = chooseModule(parameters, options);
  const scrapeSeconds = scrapeTimeoutOf(headers);
  const request = readRequest(parameters);
  const refusal = module.refuse(request);
  if (refusal !== undefined) throw new HttpError(400, refusal);
  const timeoutSeconds = probeTimeoutSeconds({
    ...(scrapeSeconds !== undefined && { scrapeSeconds }),
    ...(module.timeoutSeconds !== undefined && { moduleSeconds: module.timeoutSeconds }),
    offsetSeconds: options.timeoutOffsetSeconds,
  });
  return { module, request, timeoutSeconds, debug: parameters.get('debug') === 'true' };
}

/** An empty parameter is like none, everywhere. */
function parameter(parameters: QueryParameters, name: string): string | undefined {
  const value = parameters.get(name);
  return value === '' ? undefined : value;
}

function chooseModule(parameters: QueryParameters, { modules, onUnknownModule }: ProbeOrderOptions): ProbeModule {
  const name = parameter(parameters, 'module') ?? DEFAULT_MODULE;
  const module = modules.get(name);
  if (module !== undefined) return module;
  onUnknownModule();
  throw new HttpError(400, `Unknown module ${goQuote(name)}`);
}

/** Status 500 for a header that is no number: it is upstream's, and scrape configurations are debugged by it. */
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
  return { target: decodeTarget(target), ...(hostname !== undefined && { hostname }), params: parameters };
}
