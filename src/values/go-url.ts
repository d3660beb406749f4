/**
 * Why Go's `url.Parse` would refuse a text, in its words; undefined if it would not. The words never contain the text itself, which may
 * hold a password.
 */
export function goUrlProblem(text: string): string | undefined {
  const [beforeFragment = '', ...fragment] = text.split('#');

  if (/[\u0000-\u001f\u007f]/.test(text)) return 'net/url: invalid control character in URL';
  if (hasBadEscape(fragment.join('#'))) return 'invalid URL escape';
  if (text.startsWith(':')) return 'missing protocol scheme';
  const scheme = /^[A-Za-z][A-Za-z\d+.-]*:/.exec(beforeFragment)?.[0] ?? '';
  const rest = beforeFragment.slice(scheme.length).split('?', 1)[0] ?? '';
  if (!rest.startsWith('/')) {
    if (scheme !== '') return undefined;
    if ((rest.split('/', 1)[0] ?? '').includes(':')) return 'first path segment in URL cannot contain colon';
  }
  if (!rest.startsWith('//')) return hasBadEscape(rest) ? 'invalid URL escape' : undefined;
  const end = rest.indexOf('/', 2);
  const authority = end < 0 ? rest.slice(2) : rest.slice(2, end);
  return authorityProblem(authority) ?? (end >= 0 && hasBadEscape(rest.slice(end)) ? 'invalid URL escape' : undefined);
}

function authorityProblem(authority: string): string | undefined {
  const at = authority.lastIndexOf('@');
  const userinfo = authority.slice(0, Math.max(at, 0));
  if (!/^[A-Za-z\d\-._:~!$&'()*+,;=%@]*$/.test(userinfo)) return 'net/url: invalid userinfo';
  if (hasBadEscape(userinfo)) return 'invalid URL escape';
  const host = authority.slice(at + 1);
  if (!host.startsWith('[')) return portProblem(host, host.lastIndexOf(':')) ?? hostProblem(host);
  const close = host.lastIndexOf(']');
  if (close < 0) return "missing ']' in host";
  // A zone may hold any escape, and comes after an escaped percent sign.
  const zone = host.indexOf('%25');
  if (zone >= 0 && zone < close && hasBadEscape(host.slice(zone))) return 'invalid URL escape';
  const address = zone >= 0 && zone < close ? host.slice(0, zone) : host.slice(0, close + 1);
  return portProblem(host, close + 1) ?? hostProblem(address);
}

/** What follows the host must be nothing, or a colon and digits. */
function portProblem(host: string, from: number): string | undefined {
  return from < 0 || /^(?::\d*)?$/.test(host.slice(from)) ? undefined : 'invalid port after host';
}

/** Only bytes above ASCII may be escaped in a host name. */
function hostProblem(host: string): string | undefined {
  if (/[\u0000-\u007f]/.test(host.replaceAll(/[A-Za-z\d\-._~!$&'()*+,;=:[\]<>"%]/g, '')))
    return 'invalid character in host name';
  return /%(?![89a-f][\da-f])/i.test(host) ? 'invalid URL escape' : undefined;
}

function hasBadEscape(text: string): boolean {
  return /%(?![\da-f]{2})/i.test(text);
}

/** The text of a URL with its password, if it has one, replaced by `xxxxx`, as Go's `URL.Redacted` shows it. */
export function redactUrl(text: string): string {
  return text.replace(/^([A-Za-z][A-Za-z\d+.-]*:)?(\/\/[^/?#]*?):[^/?#]*@(?=[^@/?#]*(?:[/?#]|$))/, '$1$2:xxxxx@');
}
