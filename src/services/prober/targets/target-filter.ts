import { HttpError } from '../../../http/answers/http-reply.js';
import type { QueryParameters } from '../../../http/routes/query-parameters.js';

/** How a probe went. */
export type OutcomeName = 'success' | 'failure';

/** The targets, or probes, that a query asks for. */
export interface TargetFilter {
  /** Each has to be in the module's name, the target, the hostname, the parameters or the last reason; lower case. */
  readonly words: readonly string[];
  readonly module?: string;
  readonly outcome?: OutcomeName;
}

/** The fields of a target or probe that a filter is applied to. */
export interface Filtered {
  readonly module: string;
  readonly target: string;
  readonly hostname?: string;
  /** The declared parameters of the module with their values, as a query string. */
  readonly params?: string;
  readonly reason?: string;
}

/** The longest filter text: every word of it is looked for in every target. */
export const LONGEST_FILTER = 200;

/** Reads `q`, `module` and `outcome`; those that are empty are like none. Throws HttpError 400. */
export function readTargetFilter(parameters: QueryParameters): TargetFilter {
  const q = parameters.get('q') ?? '';
  if (q.length > LONGEST_FILTER) {
    throw new HttpError(400, `q has ${q.length} characters, at most ${LONGEST_FILTER} are looked for`);
  }
  const module = parameters.get('module') ?? '';
  const outcome = readOutcome(parameters.get('outcome') ?? '');
  return {
    words: q
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== ''),
    ...(module !== '' && { module }),
    ...(outcome !== undefined && { outcome }),
  };
}

function readOutcome(text: string): OutcomeName | undefined {
  if (text === '') return undefined;
  if (text === 'success' || text === 'failure') return text;
  throw new HttpError(400, `outcome is neither success nor failure: ${JSON.stringify(text.slice(0, 50))}`);
}

/** Whether a target, or a probe, is one of those asked for. */
export function isWanted(item: Filtered, { words, module, outcome }: TargetFilter): boolean {
  if (module !== undefined && item.module !== module) return false;
  if (outcome !== undefined && (item.reason === undefined) !== (outcome === 'success')) return false;
  if (words.length === 0) return true;
  const text =
    `${item.module}\n${item.target}\n${item.hostname ?? ''}\n${item.params ?? ''}\n${item.reason ?? ''}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
