import t, { type Test } from 'tap';
import {
  findMysqldExporter,
  findPostgresExporter,
  NO_MYSQLD_EXPORTER,
  NO_POSTGRES_EXPORTER,
  type Peer,
} from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startPostgres } from '../servers/databases.js';
import { fillMariadb, startMariadbServer } from '../servers/mariadb-load.js';
import { fillPostgres, openSession } from '../servers/postgres-load.js';
import { findServer, makePlace } from '../servers/real-server.js';
import { startPair } from './exporter-peers.js';

t.setTimeout(500_000);

interface Restartable {
  readonly target: string;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

interface Case {
  readonly command: string;
  readonly peer: Peer | undefined;
  readonly missing: string | false;
  readonly up: string;
  readonly start: (t: Test) => Promise<Restartable>;
  readonly args: (target: string) => readonly string[];
  readonly env: (target: string) => Readonly<Record<string, string>>;
}

const [postgres, initdb, mariadbd] = ['postgres', 'initdb', 'mariadbd'].map(findServer);

const CASES: readonly Case[] = [
  {
    ...{ command: 'postgres', peer: findPostgresExporter(), up: 'pg_up' },
    missing: (postgres === undefined || initdb === undefined) && 'not here: postgres, initdb (see .ci/servers)',
    start: async (t) => {
      if (postgres === undefined || initdb === undefined) throw new Error('not here');
      const server = await startPostgres(t, [postgres, initdb], await makePlace(t));
      await fillPostgres(t, server.target);
      return {
        ...server,
        start: async () => {
          await server.start();
          // It listens before it takes anybody in.
          await (await openSession(t, server.target)).end();
        },
      };
    },
    args: () => [],
    env: (target) => ({ DATA_SOURCE_NAME: `postgresql://monitor:secret@${target}/postgres?sslmode=disable` }),
  },
  {
    ...{ command: 'mysql', peer: findMysqldExporter(), up: 'mysql_up' },
    missing: mariadbd === undefined && 'not here: mariadbd (see .ci/servers)',
    start: async (t) => {
      if (mariadbd === undefined) throw new Error('not here');
      const server = await startMariadbServer(t, mariadbd, await makePlace(t));
      await fillMariadb(t, server);
      return server;
    },
    args: (target) => [`--mysqld.address=${target}`, '--mysqld.username=monitor'],
    env: () => ({ MYSQLD_EXPORTER_PASSWORD: 'secret' }),
  },
];

for (const { command, peer, missing, up, start, args, env } of CASES) {
  const none = command === 'mysql' ? NO_MYSQLD_EXPORTER : NO_POSTGRES_EXPORTER;
  t.test(
    `${command}: a server that is restarted between scrapes`,
    { skip: peer === undefined ? none : missing },
    async (t) => {
      if (peer === undefined) return;
      const server = await start(t);
      const { target } = server;
      const { theirs, ours } = await startPair(t, { peer, command, args: args(target), env: env(target) });
      const isUp = async (value: 0 | 1, when: string, which = [theirs, ours]): Promise<void> => {
        for (const { address } of which) {
          const name = address === ours.address ? 'Sonde' : 'the real one';
          const { status, text } = await httpGet(address, '/metrics');
          t.equal(status, 200, `${when}: ${name}`);
          t.match(text, new RegExp(`^${up} ${value}$`, 'm'), `${when}: ${name}`);
        }
      };
      await isUp(1, 'before');
      await server.stop();
      await isUp(0, 'while it is down');
      await server.start();
      await isUp(1, 'after');
      await server.stop();
      await server.start();
      // postgres_exporter asks over the connection that the restart has broken, and is down for that scrape.
      await isUp(1, 'after a restart that no scrape saw', [ours]);
    },
  );
}
