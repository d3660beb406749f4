import type { PathStep } from '../../values/config-error.js';
import { isSecretName, maskLogin } from '../../values/masked-text.js';
import type { Shape } from '../schema/shape.js';
import { fillPlaceholders, placeholdersIn } from './placeholders.js';

/** The kind of a place in a module, which decides how a value is checked or escaped before it is inserted. */
export type PlaceKind = 'text' | 'header' | 'host' | 'token' | 'path' | 'regexp' | 'template' | 'cel';

/** A place of a module, or why no parameter may stand there. */
export type Place = { readonly kind: PlaceKind } | { readonly refused: string };

/** Keys whose blocks or values decide who gets the credentials, and where probes may go. */
const RESERVED: ReadonlySet<PathStep> = new Set([
  ...['basic_auth', 'authorization', 'oauth2', 'bearer_token', 'username', 'password'],
  ...['proxy_url', 'no_proxy', 'proxy_from_environment', 'proxy_connect_header', 'insecure_skip_verify'],
  ...['target_policy', 'credentials_for', 'allow_query_params', 'prober', 'extends', 'params'],
]);

/**
 * Judges a place by the path from its module and by the shapes along that path, the last one that of the value. `step`
 * is the mapping that the value is in.
 */
export function placeOf(path: readonly PathStep[], shapes: readonly Shape[], text = ''): Place {
  const refused = whyRefused(path, shapes) ?? loginIn(path, text);
  return refused === undefined ? { kind: kindOf(path, shapes.at(-1)) } : { refused };
}

function whyRefused(path: readonly PathStep[], shapes: readonly Shape[]): string | undefined {
  const reserved = path.find((step) => RESERVED.has(step));
  if (reserved !== undefined) return `\`${String(reserved)}\` is not for whoever asks for a probe`;
  const names = path.filter((step) => typeof step === 'string');
  const last = names.at(-1) ?? '';
  if (/_(?:file|ref)$/.test(last) || (names.includes('http_headers') && last !== 'values')) {
    return 'it names a file or a secret';
  }
  if (names.includes('tls_config') && last !== 'server_name') {
    return 'of `tls_config` only `server_name` can be set by a parameter';
  }
  if (last === 'name' && names.includes('labels')) return 'names of labels cannot be set by a parameter';
  if (shapes.some((shape, index) => isSecretEntry(shape, path[index]))) return 'it is a secret';
  const shape = shapes.at(-1);
  if (shape?.kind === 'text' && (shape.secret || shape.format === 'go-url')) return 'it is a secret';
  return undefined;
}

/** `shape` is that of the mapping which has `step`. */
function isSecretEntry(shape: Shape, step: PathStep | undefined): boolean {
  return shape.kind === 'map' && shape.secretNames && isSecretName(String(step));
}

/** A placeholder may be no part of what follows a login command. */
function loginIn(path: readonly PathStep[], text: string): string | undefined {
  if (path.at(-1) !== 'send' || placeholdersIn(text).length === 0) return undefined;
  const count = (each: string): number => each.split(MARK).length;
  const marked = fillPlaceholders(text, () => MARK);
  return count(maskLogin(marked)) === count(marked) ? undefined : 'it is a part of a login';
}

const MARK = '\u{10fffd}';

function kindOf(path: readonly PathStep[], shape: Shape | undefined): PlaceKind {
  const last = path.findLast((step) => typeof step === 'string') ?? '';
  const format = shape?.kind === 'text' ? shape.format : undefined;
  if (format === 'go-regexp' || last.endsWith('_regexp')) return 'regexp';
  if (format === 'cel') return 'cel';
  if (path.includes('headers')) return last.toLowerCase() === 'host' ? 'host' : 'header';
  if (path.includes('http_headers') || path.includes('metadata')) return 'header';
  if (last === 'server_name' || last === 'authority') return 'host';
  if (last === 'method') return 'token';
  if (last === 'path') return 'path';
  return last === 'send' || path.includes('labels') ? 'template' : 'text';
}
