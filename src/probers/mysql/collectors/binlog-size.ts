import { gauge } from '../../../metrics/metric-definition.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import type { MysqlCollector } from './mysql-server.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const size = gauge('mysql_binlog_size_bytes', 'Combined size of all registered binlog files.');
const files = gauge('mysql_binlog_files', 'Number of registered binlog files.');
const last = gauge('mysql_binlog_file_number', 'The last binlog file number.');

/** The size of the binary log, where there is one. */
export const BINLOG_SIZE: MysqlCollector = {
  name: 'binlog_size',
  isDefault: false,
  collect: async ({ ask, nextTurn, metrics }) => {
    const [isOn] = await ask('SELECT @@log_bin');
    if (isOn?.[0] !== '1') return;
    const rows = await ask('SHOW BINARY LOGS');
    let bytes = 0;
    let name: string | null | undefined;
    for (const [file, text] of rows) {
      if (loopTurns.isOver()) await nextTurn();
      bytes += parseFloatText(text ?? '') ?? 0;
      name = file;
    }
    metrics.set(size, bytes);
    metrics.set(files, rows.length);
    metrics.set(last, parseFloatText(/\.(\d{1,15})$/.exec(name ?? '')?.[1] ?? '0') ?? 0);
  },
};
