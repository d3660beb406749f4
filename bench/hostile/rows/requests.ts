import { httpGet } from '../../../test/helpers/services/http-get.js';
import type { ClientRow } from '../hostile-row.js';

/** What a head may weigh is 128 KiB, and all of it goes into the path. */
const PATHS: Readonly<Record<string, () => string>> = {
  'a path of bytes that are no UTF-8': () => `/${'%ff'.repeat(40_000)}`,
  'a path of escaped letters that is not clean, and sent back': () => `//${'%41'.repeat(4000)}`,
  'a path of ..': () => `/${'%2e%2e%2f'.repeat(14_000)}`,
  'a path of slashes': () => '/'.repeat(120_000),
};

const pairs = (pair: (index: number) => string, bytes = 120_000): string => {
  let query = '';
  for (let index = 0; query.length < bytes; index++) query += `&${pair(index)}`;
  return query.slice(1);
};

/** Queries of thousands of parameters, by the path that they are sent to. */
const QUERIES: Readonly<Record<string, () => string>> = {
  'a query of 25,000 pairs': () => `/probe?${pairs((index) => `a${index}`)}`,
  'a query of 40,000 pairs of one name': () => `/probe?${pairs(() => 'a=')}`,
  'a target of 120,000 octets': () => `/probe?target=${'a'.repeat(120_000)}`,
  'a target of 1,800 passwords': () => `/probe?target=${pairs((index) => `//:${index}@`, 16_000).replaceAll('&', '')}`,
  'a value of 120,000 blanks': () => `/probe?target=${'+'.repeat(120_000)}`,
  'a query of escapes': () => `/probe?target=${'%ff'.repeat(40_000)}`,
};

/** Header fields that are lists; the metrics page negotiates by them. */
const FIELDS: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
  'an Accept of 7,000 items': () => ({ accept: pairs((index) => `a/${index};q=0.${index % 10}`).replaceAll('&', ',') }),
  'an Accept of one item with 40,000 parameters': () => ({ accept: `a/b${';a='.repeat(40_000)}` }),
  'a Connection of 60,000 items': () => ({ connection: `${'a,'.repeat(60_000)}close` }),
  'an Accept-Encoding of 20,000 items': () => ({ 'accept-encoding': 'gzip,'.repeat(20_000) }),
};

const COLLECT = '/metrics?collect[]=';

interface RequestOrder {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function row(name: string, order: () => RequestOrder, service: ClientRow['service'] = 'prober'): ClientRow {
  return {
    kind: 'client',
    name: `request: ${name}`,
    group: 'request',
    service,
    attack: async (address) => {
      const { path, headers = {} } = order();
      return String((await httpGet(address, path, { headers })).status);
    },
  };
}

/** Connections of one client. */
const CONNECTIONS = 200;

/** Small requests of many clients in one turn of the loop, each of which costs next to nothing. */
const MANY: ClientRow = {
  kind: 'client',
  name: 'request: 1,600 small ones at once',
  group: 'request',
  service: 'prober',
  attack: async (address) => {
    const answers = Array.from({ length: CONNECTIONS }, () => httpGet(address, '/-/healthy'));
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    return [...new Set(statuses)].join(', ');
  },
};

/** Requests with a head as long as it may be, and the first page, which loads what makes pages. */
export const REQUESTS: readonly ClientRow[] = [
  row('the first page', () => ({ path: '/' })),
  ...Object.entries({ ...PATHS, ...QUERIES }).map(([name, path]) => row(name, () => ({ path: path() }))),
  ...Object.entries(FIELDS).map(([name, headers]) => row(name, () => ({ path: '/metrics', headers: headers() }))),
  row('9,000 of collect[]', () => ({ path: `${COLLECT}${pairs(() => 'collect[]=cpu')}` }), 'node'),
  MANY,
];
