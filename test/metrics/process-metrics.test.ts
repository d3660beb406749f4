import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { procFiles } from '../../src/metrics/proc-files.js';
import { processMetrics } from '../../src/metrics/process-metrics.js';
import { writeFamilies } from '../../src/metrics/write-text.js';

const STAT =
  '42 (a) b (c) S 1 1 1 0 -1 4194304 1 2 3 4 1234 66 7 8 20 0 7 0 5000 123456789 777 18446744073709551615 1 1 0 0\n';

t.test('from a /proc that is known', async (t) => {
  const root = t.testdir({
    stat: 'cpu 1 2 3\nbtime 1700000000\nprocesses 1\n',
    self: {
      stat: STAT,
      status: 'Name:\tnode\nVmHWM:\t  999 kB\nVmRSS:\t  2048 kB\n',
      limits:
        'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            20000                30000                files     \nMax address space         unlimited            unlimited            bytes     \n',
      fd: { 0: '', 1: '', 2: '', 17: '' },
      net: {
        netstat: 'TcpExt: A InOctets\nTcpExt: 1 2\nIpExt: InNoRoutes InOctets OutOctets\nIpExt: 0 1000 2000\n',
      },
    },
  });
  const values = writeFamilies(await processMetrics(root)())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  t.same(values, [
    'process_cpu_seconds_total 13',
    'process_max_fds 20000',
    'process_network_receive_bytes_total 1000',
    'process_network_transmit_bytes_total 2000',
    'process_open_fds 3',
    'process_resident_memory_bytes 2.097152e+06',
    'process_start_time_seconds 1.70000005e+09',
    'process_virtual_memory_bytes 1.23456789e+08',
    'process_virtual_memory_max_bytes 1.8446744073709552e+19',
  ]);
});

t.test('resident memory is counted in pages whose size both files show', async (t) => {
  const at = (pages: number): string => STAT.replace(' 777 ', ` ${pages} `);
  const root = t.testdir({ self: { stat: at(508), status: 'VmRSS:\t  2048 kB\n' } });
  const gather = processMetrics(root);
  const resident = async (): Promise<string | undefined> =>
    writeFamilies(await gather())
      .split('\n')
      .find((line) => line.startsWith('process_resident'));
  writeFileSync(join(root, 'self/stat'), at(1024));
  t.equal(await resident(), 'process_resident_memory_bytes 4.194304e+06');
});

t.test('without /proc there is nothing', async (t) => {
  t.same(await processMetrics(`${t.testdirName}/nowhere`)(), []);
});

t.test("the kernel's own files are read anew each time", { skip: process.platform !== 'linux' && 'no /proc' }, (t) => {
  const { read, countDescriptors } = procFiles('/proc');
  t.match(read('self/stat'), new RegExp(`^${process.pid} \\(`));
  t.equal(read('self/limits'), readFileSync('/proc/self/limits', 'utf8'));
  t.equal(read('self/nothing'), undefined);
  const cpu = (): number => Number(read('self/stat')?.split(' ')[13]);
  const [before, startedAt] = [cpu(), process.cpuUsage()];
  while (process.cpuUsage(startedAt).user < 50_000) randomBytes(1000);
  t.ok(cpu() > before, 'the time goes on');
  const open = countDescriptors() ?? NaN;
  const descriptor = openSync('/dev/null', 'r');
  t.equal(countDescriptors(), open + 1);
  closeSync(descriptor);
  t.equal(countDescriptors(), open);
  t.equal(readdirSync('/proc/self/fd').length - 1, open);
  t.end();
});
