import t from 'tap';
import { readExposition } from '../../helpers/exposition.js';
import {
  findMysqldExporter,
  findNginxExporter,
  findPostgresExporter,
  findRedisExporter,
  type Peer,
} from '../../helpers/peer.js';
import { type HttpAnswer, httpGet } from '../../helpers/services/http-get.js';
import { startPair } from './exporter-peers.js';

t.setTimeout(500_000);

/** A command line that is odd, and what is asked then. */
interface OddStart {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Paths besides those of all. */
  readonly paths?: readonly string[];
}

/** Nobody listens there. */
const NOBODY = '127.0.0.1:1';
const SOURCE = { DATA_SOURCE_NAME: `postgresql://me:x@${NOBODY}/x?sslmode=disable` };

const REDIS: readonly OddStart[] = [
  { name: 'another name in front', args: [`--redis.addr=${NOBODY}`, '--namespace=a-b'] },
  { name: 'no name in front', args: [`--redis.addr=${NOBODY}`, '--namespace='], paths: [`/scrape?target=${NOBODY}`] },
  { name: 'by a variable', args: [], env: { REDIS_ADDR: NOBODY, REDIS_EXPORTER_NAMESPACE: 'x' } },
  { name: 'no server', args: ['--redis.addr='], paths: [`/scrape?target=${NOBODY}`, '/scrape'] },
];

const POSTGRES: readonly OddStart[] = [
  { name: 'no server', args: [], env: { PGHOST: '127.0.0.1' } },
  { name: 'by variables of libpq', args: [], env: { PGHOST: '127.0.0.1', PGPORT: '1', DATA_SOURCE_NAME: 'user=me' } },
  { name: 'a file of logins that is not there', args: ['--config.file=/none'], env: SOURCE },
  { name: 'labels that are none', args: ['--constantLabels=a=b,c,=d,1e-f=g,a=h'], env: SOURCE },
  { name: 'a timeout that is none', args: ['--collection-timeout=soon'], env: SOURCE },
];

const MYSQL: readonly OddStart[] = [
  {
    name: 'an option file that is not there',
    args: ['--config.my-cnf=/none', `--mysqld.address=${NOBODY}`, '--mysqld.username=me'],
    paths: [`/probe?target=${NOBODY}`],
  },
  {
    name: 'a reload by GET',
    args: [`--mysqld.address=${NOBODY}`, '--mysqld.username=me'],
    paths: ['/-/reload'],
  },
];

const NGINX: readonly OddStart[] = [{ name: 'any', args: [`--nginx.scrape-uri=http://${NOBODY}/s`] }];

/** What is about the process of the exporter, whichever it is. */
const OF_THE_PROCESS = /^(?:go|process|nodejs|promhttp|sonde)_/;

/** The status, where it leads to, and the families with the series that are no times and tell of no error's text. */
function seen({ status, headers, text }: HttpAnswer): unknown {
  const { location, 'content-type': type = '' } = headers;
  if (!type.includes('version=')) return { status, location };
  const families = [...readExposition(text)].filter(([name]) => !OF_THE_PROCESS.test(name));
  const shown = families.map(([name, family]) => [name, family.type, family.help, seriesOf(name, family.series)]);
  return { status, shown };
}

function seriesOf(name: string, series: ReadonlyMap<string, string>): unknown {
  if (/build_info|last_scrape_error|duration|connect_time/.test(name)) return [];
  return [...series].sort();
}

for (const [command, peer, rows] of [
  ['redis', findRedisExporter(), REDIS],
  ['postgres', findPostgresExporter(), POSTGRES],
  ['mysql', findMysqldExporter(), MYSQL],
  ['nginx', findNginxExporter(), NGINX],
] as readonly (readonly [string, Peer | undefined, readonly OddStart[]])[]) {
  const skip = peer === undefined && `not here: the real exporter of ${command}`;
  t.test(`${command}: odd starts`, { skip }, async (t) => {
    if (peer === undefined) return;
    for (const { name, args, env, paths = [] } of rows) {
      const { theirs, ours } = await startPair(t, { peer, command, args, ...(env && { env }) });
      for (const path of ['/metrics', '//metrics', '/metrics/', ...paths]) {
        const [a, b] = [await httpGet(theirs.address, path), await httpGet(ours.address, path)];
        t.same(seen(b), seen(a), `${name}: ${path}`);
      }
    }
  });
}
