import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** Where Debian's Python packages are: installed, or unpacked below SONDE_SERVERS. */
const PACKAGES = [
  join(process.env['SONDE_SERVERS'] ?? '/nonexistent', 'usr/lib/python3/dist-packages'),
  '/usr/lib/python3/dist-packages',
];

/** What Python programs of the tests are run with. */
export const PYTHON_ENV: Readonly<Record<string, string>> = {
  PYTHONPATH: [...PACKAGES, process.env['PYTHONPATH'] ?? ''].filter((path) => path !== '').join(delimiter),
};

/** Whether there is a Python that can import `module`. */
export function pythonHas(module: string): boolean {
  const { status } = spawnSync('python3', ['-c', `import ${module}`], { env: { ...process.env, ...PYTHON_ENV } });
  return status === 0;
}
