import { UsageError } from '../flags/flag-definition.js';
import type { ServiceLog } from '../log/service-log.js';
import { serviceLog } from '../services/make-service-log.js';
import { IMPORT_FLAG, importedFile } from '../services/pushgateway/import-pushgateway.js';
import type { PushgatewayOptions } from '../services/pushgateway/push-options.js';
import { startPushgateway } from '../services/pushgateway/push-service.js';
import { PUSHGATEWAY_FLAGS, readPushgatewayOptions } from '../services/pushgateway/pushgateway-flags.js';
import { askedToStop, watchStopSignals } from './asked-to-stop.js';
import type { Command } from './command.js';
import { importFile } from './import-file.js';
import type { Shell } from './shell.js';
import { sayStartFailure } from './start-failure.js';

export const pushgatewayCommand: Command = {
  name: 'pushgateway',
  usage: '[<flags>]',
  about:
    'Take in metrics of jobs that do not live long enough to be scraped, and show them to Prometheus: a drop-in replacement for the Pushgateway.',
  flags: [...PUSHGATEWAY_FLAGS, IMPORT_FLAG],
  prepare: (flags) => {
    const [extra] = flags.operands;
    if (extra !== undefined) throw new UsageError(`unexpected ${extra}`);
    const options = readPushgatewayOptions(flags);
    const imported = importedFile(flags, options);
    if (imported !== undefined) return (shell) => importFile(imported, options, shell);
    return (shell) => pushgateway(options, shell);
  },
};

async function pushgateway(options: PushgatewayOptions, shell: Shell): Promise<number> {
  const log = serviceLog(options.logLevel, options.logFormat, shell);
  const { version, branch, revision, nodeVersion, goos, goarch } = shell.build;
  log.info('Starting pushgateway', { version: `(version=${version}, branch=${branch}, revision=${revision})` });
  log.info(`(node=${nodeVersion}, platform=${goos}/${goarch})`);
  const service = await start(options, { shell, log });
  if (service === undefined) return 1;
  shell.onBug(service.reportBug);
  await Promise.race([askedToStop([service], watchStopSignals({ log, shell })), service.quit]);
  return 0;
}

async function start(
  options: PushgatewayOptions,
  { shell, log }: { readonly shell: Shell; readonly log: ServiceLog },
): Promise<Awaited<ReturnType<typeof startPushgateway>> | undefined> {
  try {
    return await startPushgateway(options, shell);
  } catch (error) {
    sayStartFailure(error, { log, shell, message: 'Error starting the pushgateway' });
    return undefined;
  }
}
