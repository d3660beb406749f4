import type { RawMysqlCollectorOptions } from '../../../values/raw-config.js';
import type { CollectorSpec, SqlServer } from '../../server-client/view.js';
import type { Answer } from '../mysql-connection.js';

/** A MySQL or MariaDB server that is asked. `version` 101119 is 10.11.19. */
export interface MysqlServer extends SqlServer {
  readonly isMariadb: boolean;
  /** The module's options for its collectors. */
  readonly options: RawMysqlCollectorOptions;
  /** Like `ask`, with the names of the columns, for statements whose columns differ from version to version. */
  readonly askTable: (sql: string) => Promise<Answer>;
}

/** A collector, and whether mysqld_exporter has it unless told otherwise. */
export type MysqlCollector = CollectorSpec<MysqlServer>;
