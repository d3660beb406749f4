import { gauge } from '../../../metrics/metric-definition.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { MysqlCollector, MysqlServer } from './mysql-server.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const PREFIX = 'mysql_info_schema_innodb_tablespace_';
const info = gauge(`${PREFIX}space_info`, 'The Tablespace information and Space ID.', [
  ...['tablespace_name', 'file_format'],
  ...['row_format', 'space_type'],
]);
const fileSize = gauge(
  `${PREFIX}file_size_bytes`,
  'The apparent size of the file, which represents the maximum size of the file, uncompressed.',
  ['tablespace_name'],
);
const allocated = gauge(
  `${PREFIX}allocated_size_bytes`,
  'The actual size of the file, which is the amount of space allocated on disk.',
  ['tablespace_name'],
);

/** A table has a file of its own, and a large server some thousands of them. */
const MOST_ROWS = 10_000;
/** From these versions on, MySQL has another name for the table, and MariaDB one column less. */
const SINCE_NAME = 80_000;
const SINCE_NO_TYPE = 100_500;

/** How large the files of InnoDB are. */
export const INNODB_TABLESPACES: MysqlCollector = {
  name: 'info_schema.innodb_tablespaces',
  isDefault: false,
  collect: async (server) => {
    const rows = await server.ask(statementFor(server));
    if (rows.length > MOST_ROWS) throw new StatementRefused(`more than ${MOST_ROWS} rows`);
    for (const [space, name, file_format, row_format, space_type, file, onDisk] of rows) {
      if (loopTurns.isOver()) await server.nextTurn();
      const tablespace_name = name ?? '';
      const labels = {
        ...{ tablespace_name, file_format: file_format ?? '' },
        ...{ row_format: row_format ?? '', space_type: space_type ?? '' },
      };
      const number = (text: string | null | undefined): number => parseFloatText(text ?? '') ?? 0;
      server.metrics.setWith(info, labels, number(space));
      server.metrics.setWith(fileSize, { tablespace_name }, number(file));
      server.metrics.setWith(allocated, { tablespace_name }, number(onDisk));
    }
  },
};

function statementFor({ isMariadb, version }: MysqlServer): string {
  const isNew = !isMariadb && version >= SINCE_NAME;
  const table = isNew ? 'INNODB_TABLESPACES' : 'INNODB_SYS_TABLESPACES';
  const type = isMariadb && version >= SINCE_NO_TYPE ? "''" : "ifnull(space_type, 'NONE')";
  return `SELECT space, name, ${isNew ? "'NONE'" : FORMAT}, ifnull(row_format, 'NONE'), ${type}, file_size,
    allocated_size FROM information_schema.${table} LIMIT ${MOST_ROWS + 1}`;
}

/** The expression of mysqld_exporter: it gives the name of the column, where there is one, and not its value. */
const FORMAT = `ifnull((SELECT column_name FROM information_schema.columns WHERE table_schema = 'information_schema'
  AND table_name = 'INNODB_SYS_TABLESPACES' AND column_name = 'FILE_FORMAT' LIMIT 1), 'NONE')`;
