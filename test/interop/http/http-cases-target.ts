import { HELLO, type HttpCase } from './http-cases.js';

function at(target: string, rest: Partial<HttpCase> = {}): HttpCase {
  return {
    name: `target: ${JSON.stringify(target)}${rest.http === undefined ? '' : ` ${JSON.stringify(rest.http)}`}`,
    target,
    ...rest,
  };
}

const ON_6 = [{ ...HELLO, options: { host: '::1' } }] as const;

/** What can be asked for as a target, and which address is taken for it. */
export const TARGET_CASES: readonly HttpCase[] = [
  at(''),
  at('127.0.0.1:@0'),
  at('127.0.0.1:@0/path?a=b'),
  at('HTTP://127.0.0.1:@0/', { differs: ['newer_scheme'] }),
  at('http://127.0.0.1:@0'),
  at('http://127.0.0.1:@0?q'),
  at('http://127.0.0.1:@0/?'),
  at('http://127.0.0.1:@0/#frag'),
  at('http://127.0.0.1:@0/a b?c d'),
  at('http://127.0.0.1:@0/ä?ö=ü'),
  at('http://127.0.0.1:@0/a%2Fb%20c/%7E?x=%41'),
  at('http://127.0.0.1:@0/a//b/../c/./d'),
  at('http://127.0.0.1:@0/a%zz'),
  at('http://127.0.0.1:@0/?a%zz'),
  at('http://127.0.0.1:@0/;p=1?a=1&a=2;b=3'),
  at('http://127.0.0.1:@0/!$&\'()*+,:@[]^`{|}\\"<>'),
  at('http://127.0.0.1:@0/?"<>`{}|\\^[]'),
  at('http://127.0.0.1:@0/\x01'),
  at('http://127.0.0.1:99999/'),
  at('http://127.0.0.1:-1/'),
  at('http://127.0.0.1:port/'),
  at('http://:@0/'),
  at('http://'),
  at('http:///x'),
  at(' http://127.0.0.1:@0/'),
  at('ftp://127.0.0.1:@0/'),
  at('http://user name@127.0.0.1:@0/'),
  at('http://[::1]:@0/', { origins: ON_6 }),
  at('[::1]:@0', { origins: ON_6 }),
  at('http://[::1/'),
  at('http://[::1%25lo]:@0/', { origins: ON_6 }),
  at('http://[::ffff:127.0.0.1]:@0/'),
  at('http://localhost:@0/', { http: { preferred_ip_protocol: 'ip4' } }),
  at('http://localhost:@0/', { http: { preferred_ip_protocol: 'ip4', ip_protocol_fallback: false } }),
  at('http://LOCALHOST:@0/', { http: { preferred_ip_protocol: 'ip4' } }),
  at('http://127.0.0.1:@0/', { http: { preferred_ip_protocol: 'ip6' } }),
  at('http://127.0.0.1:@0/', { http: { preferred_ip_protocol: 'ip6', ip_protocol_fallback: false } }),
  at('http://[::1]:@0/', { http: { preferred_ip_protocol: 'ip4', ip_protocol_fallback: false }, origins: ON_6 }),
  at('http://[::1]:@0/', { http: { preferred_ip_protocol: 'ip4' }, origins: ON_6 }),
  at('http://127.1:@0/'),
  at('http://2130706433:@0/'),
  at('http://nothing.invalid/'),
  at('http://bücher.invalid/'),
  { name: 'target: a scrape timeout that the offset uses up', scrapeTimeoutSeconds: 0.5 },
  { name: 'target: a debug parameter that is not true', params: { debug: '1' } },
];
