import { UsageError } from '../flags/flag-definition.js';
import type { ServiceLog } from '../log/service-log.js';
import { serviceLog } from '../services/make-service-log.js';
import { NODE_COMMAND_FLAGS, readNodeOptions } from '../services/node/node-flags.js';
import type { NodeOptions } from '../services/node/node-options.js';
import { type NodeService, startNodeService } from '../services/node/node-service.js';
import { askedToStop, watchStopSignals } from './asked-to-stop.js';
import type { Command } from './command.js';
import type { Shell } from './shell.js';
import { sayStartFailure } from './start-failure.js';

export const nodeCommand: Command = {
  name: 'node',
  usage: '[<flags>]',
  about: 'Answer Prometheus with the metrics of this host: a drop-in replacement for node_exporter on Linux.',
  flags: NODE_COMMAND_FLAGS,
  prepare: (flags) => {
    const [extra] = flags.operands;
    if (extra !== undefined) throw new UsageError(`unexpected ${extra}`);
    const options = readNodeOptions(flags);
    return (shell) => serveNode(options, shell);
  },
};

async function serveNode(options: NodeOptions, shell: Shell): Promise<number> {
  const log = serviceLog(options.logLevel, options.logFormat, shell);
  const { version, branch, revision } = shell.build;
  log.info('Starting sonde node', { version: `(version=${version}, branch=${branch}, revision=${revision})` });
  const service = await start(options, shell, log);
  if (service === undefined) return 1;
  shell.onBug(service.reportBug);
  await askedToStop([service], watchStopSignals({ log: service.log, shell }));
  return 0;
}

async function start(options: NodeOptions, shell: Shell, log: ServiceLog): Promise<NodeService | undefined> {
  try {
    return await startNodeService(options, shell);
  } catch (error) {
    sayStartFailure(error, { log, shell, message: 'Error starting node metrics' });
    return undefined;
  }
}
