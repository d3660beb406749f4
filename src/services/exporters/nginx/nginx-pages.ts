import { UsageError } from '../../../flags/flag-definition.js';
import type { Label } from '../../../metrics/metric-family.js';
import { readNginxTarget } from '../../../probers/nginx/nginx-target.js';
import { credentialPattern } from '../../../probers/server-client/credential-targets.js';
import type { ExporterPlan } from '../server-exporter.js';

/** A page of stub_status, and who logs in there. */
export interface StatusPage {
  /** The URI without its credentials. */
  readonly target: string;
  readonly login: { readonly username: string; readonly password: string } | undefined;
}

/** Takes the credentials out of a URI, which the real exporter logs in with. */
function readPage(uri: string): StatusPage {
  const from = /^https?:\/\//i.exec(uri)?.[0].length ?? 0;
  const authority = from === 0 ? '' : (/^[^/?#]*/.exec(uri.slice(from))?.[0] ?? '');
  const at = authority.lastIndexOf('@');
  if (at < 0) return { target: uri, login: undefined };
  const colon = authority.indexOf(':');
  const hasPassword = colon >= 0 && colon < at;
  const username = authority.slice(0, hasPassword ? colon : at);
  const password = hasPassword ? authority.slice(colon + 1, at) : '';
  return {
    target: uri.slice(0, from) + uri.slice(from + at + 1),
    login: { username: decoded(username), password: decoded(password) },
  };
}

/** Each page with a module of its own. Throws UsageError for a page that is there twice. */
export function planPages(
  uris: readonly string[],
  labels: readonly Label[],
  moduleFor: (page: StatusPage) => unknown,
): ExporterPlan {
  const pages = uris.map(readPage);
  const targets = pages.map(({ target }) => target);
  const twice = targets.find((target, index) => targets.indexOf(target) < index);
  if (twice !== undefined) {
    throw new UsageError(`flag '--nginx.scrape-uri' has ${JSON.stringify(twice.slice(0, 80))} twice`);
  }
  const nameOf = (index: number): string => `page-${index}`;
  return {
    modules: Object.fromEntries(pages.map((page, index) => [nameOf(index), moduleFor(page)])),
    scrapes: targets.map((target, index) => ({
      module: nameOf(index),
      target,
      labels: targets.length === 1 ? labels : [...labels, { name: 'addr', value: target }],
    })),
    moduleFor: () => nameOf(0),
  };
}

/** The options of a module that logs in at this page alone. */
export function loginOptions({ target, login }: StatusPage): Readonly<Record<string, unknown>> {
  return login === undefined ? {} : { basic_auth: login, credentials_for: patternsFor(target) };
}

/** The address as a pattern of credentials_for; none for an address that makes no sense, which every scrape says. */
function patternsFor(target: string): readonly string[] {
  try {
    return [credentialPattern(readNginxTarget(target).server)];
  } catch {
    return [];
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
