import {
  type CollectorSpec,
  collectView,
  level,
  prepareView,
  total,
  type View,
  viewCollector,
} from '../../server-client/view.js';
import type { MysqlCollector } from './mysql-server.js';
import { sqlTexts } from './sql-text.js';
import { whereCounted } from './userstat-switch.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const PREFIX = 'mysql_info_schema';
const OF_THE_SERVER = "('mysql', 'performance_schema', 'information_schema', 'sys')";

const CMP: View = {
  prefix: `${PREFIX}_innodb_cmp`,
  labels: { page_size: 'page_size' },
  ifNull: 'zero',
  from: 'FROM information_schema.innodb_cmp',
  columns: [
    total(
      'compress_ops_total',
      'Number of times a B-tree page of the size PAGE_SIZE has been compressed.',
      'compress_ops',
    ),
    total(
      'compress_ops_ok_total',
      'Number of times a B-tree page of the size PAGE_SIZE has been successfully compressed.',
      'compress_ops_ok',
    ),
    total(
      'compress_time_seconds_total',
      'Total time in seconds spent in attempts to compress B-tree pages.',
      'compress_time',
    ),
    total(
      'uncompress_ops_total',
      'Number of times a B-tree page of the size PAGE_SIZE has been uncompressed.',
      'uncompress_ops',
    ),
    total(
      'uncompress_time_seconds_total',
      'Total time in seconds spent in uncompressing B-tree pages.',
      'uncompress_time',
    ),
  ],
};

const CMPMEM: View = {
  prefix: `${PREFIX}_innodb_cmpmem`,
  labels: { page_size: 'page_size', buffer_pool: 'buffer_pool_instance' },
  ifNull: 'zero',
  from: 'FROM information_schema.innodb_cmpmem',
  columns: [
    total('pages_used_total', 'Number of blocks of the size PAGE_SIZE that are currently in use.', 'pages_used'),
    total(
      'pages_free_total',
      'Number of blocks of the size PAGE_SIZE that are currently available for allocation.',
      'pages_free',
    ),
    total(
      'relocation_ops_total',
      'Number of times a block of the size PAGE_SIZE has been relocated.',
      'relocation_ops',
    ),
    total(
      'relocation_time_seconds_total',
      'Total time in seconds spent in relocating blocks.',
      'relocation_time / 1000',
    ),
  ],
};

const AUTO_INCREMENT: View = {
  prefix: PREFIX,
  labels: { schema: 'c.table_schema', table: 'c.table_name', column: 'column_name' },
  ifNull: 'zero',
  from: `FROM information_schema.columns c
    STRAIGHT_JOIN information_schema.tables t
      ON (BINARY c.table_schema = t.table_schema AND BINARY c.table_name = t.table_name)
    WHERE c.extra = 'auto_increment' AND t.auto_increment IS NOT NULL`,
  columns: [
    level(
      'auto_increment_column',
      'The current value of an auto_increment column from information_schema.',
      'auto_increment',
    ),
    {
      ...level(
        'auto_increment_column_max',
        'The max value of an auto_increment column from information_schema.',
        `pow(2, CASE data_type WHEN 'tinyint' THEN 7 WHEN 'smallint' THEN 15 WHEN 'mediumint' THEN 23
          WHEN 'int' THEN 31 WHEN 'bigint' THEN 63 END + (column_type LIKE '% unsigned')) - 1`,
      ),
      // Columns of floats have no such limit; a limit of zero would look as if it had been reached.
      ifNull: 'absent',
    },
  ],
};

const SIZE = 'The size of the table components from information_schema.tables';

const TABLE_VERSIONS: View = {
  prefix: `${PREFIX}_table`,
  labels: {
    schema: 'table_schema',
    table: 'table_name',
    type: 'table_type',
    engine: "ifnull(engine, 'NONE')",
    row_format: "ifnull(row_format, 'NONE')",
    create_options: "ifnull(create_options, 'NONE')",
  },
  ifNull: 'zero',
  from: 'FROM information_schema.tables',
  columns: [level('version', "The version number of the table's .frm file")],
};

const TABLE_SIZES: View = {
  prefix: `${PREFIX}_table`,
  labels: { schema: 'table_schema', table: 'table_name' },
  ifNull: 'zero',
  from: 'FROM information_schema.tables',
  columns: [
    level('rows', 'The estimated number of rows in the table from information_schema.tables', 'table_rows'),
    ...['data_length', 'index_length', 'data_free'].map((component) => ({
      ...level('size', SIZE, component),
      labels: { component },
    })),
  ],
};

const tables = [TABLE_VERSIONS, TABLE_SIZES].map(prepareView);

const TABLES: MysqlCollector = {
  name: 'info_schema.tables',
  isDefault: false,
  collect: async (server) => {
    const chosen = server.options['info_schema.tables.databases'];
    const isAll = chosen.length === 1 && chosen[0] === '*';
    const where = isAll ? `table_schema NOT IN ${OF_THE_SERVER}` : `table_schema IN ${sqlTexts(chosen)}`;
    for (const prepared of tables) {
      const view = { ...prepared.view, from: `${prepared.view.from} WHERE ${where}` };
      await collectView({ ...prepared, view }, server);
    }
  },
};

/** The statistics of tables, which `userstat` turns on; while it is off, there are none. */
const TABLE_STATISTICS: View = {
  prefix: `${PREFIX}_table_statistics`,
  labels: { schema: 'table_schema', table: 'table_name' },
  ifNull: 'zero',
  from: 'FROM information_schema.table_statistics',
  columns: [
    total('rows_read_total', 'The number of rows read from the table.', 'rows_read'),
    total('rows_changed_total', 'The number of rows changed in the table.', 'rows_changed'),
    total(
      'rows_changed_x_indexes_total',
      'The number of rows changed in the table, multiplied by the number of indexes changed.',
      'rows_changed_x_indexes',
    ),
  ],
};

const SCHEMA_STATISTICS: View = {
  prefix: `${PREFIX}_schema_statistics`,
  labels: { schema: 'table_schema' },
  ifNull: 'zero',
  from: 'FROM information_schema.table_statistics GROUP BY table_schema',
  columns: [
    total('rows_read_total', 'The number of rows read from the schema.', 'sum(rows_read)'),
    total('rows_changed_total', 'The number of rows changed in the schema.', 'sum(rows_changed)'),
    total(
      'rows_changed_x_indexes_total',
      'The number of rows changed in the schema, multiplied by the number of indexes changed.',
      'sum(rows_changed_x_indexes)',
    ),
  ],
};

/** Server statistics of the variable `userstat`. */
const counted = (views: CollectorSpec): MysqlCollector => ({ ...views, collect: whereCounted(views.collect) });

/** The collectors of information_schema whose tables become metrics column by column. */
export const INFO_SCHEMA_COLLECTORS: readonly MysqlCollector[] = [
  viewCollector('auto_increment.columns', false, [AUTO_INCREMENT]),
  viewCollector('info_schema.innodb_cmp', true, [CMP]),
  viewCollector('info_schema.innodb_cmpmem', true, [CMPMEM]),
  counted(viewCollector('info_schema.schemastats', false, [SCHEMA_STATISTICS])),
  TABLES,
  counted(viewCollector('info_schema.tablestats', false, [TABLE_STATISTICS])),
];
