import { ConfigFileError } from '../config/config-problem.js';
import { ListenError } from '../http/listeners/bind-server.js';
import { OptionError } from '../http/option-error.js';
import type { ServiceLog } from '../log/service-log.js';
import type { Fields } from '../probe/fields.js';
import { shownLine } from '../probe/report/shown-excerpt.js';
import type { Shell } from './shell.js';

/** The flag of the web config file, which has the same name for all services of a process. */
const SHARED_FLAG = 'web.config.file';
const DEFAULT_CONFIG = 'blackbox.yml';

/** Context with which `sayStartFailure` reports that a service could not start. */
export interface StartFailure {
  readonly log: ServiceLog;
  readonly shell: Shell;
  /** The log message, which names the step that failed. */
  readonly message: string;
  /** The prefix of the service's `--web.*` flags; `web` if absent. */
  readonly web?: string;
}

/** A start that failed in a step that has a message of its own. */
class StepError extends Error {
  override readonly name = 'StepError';
  override readonly cause: unknown;

  constructor(message: string, cause: unknown) {
    super(message);
    this.cause = cause;
  }
}

/** Runs a step of a start. If it fails, `sayStartFailure` says `message` and not the one that it is given. */
export async function inStep<T>(message: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw new StepError(message, error);
  }
}

/**
 * Reports why a service could not start, with a line for each mistake. On a terminal, the mistakes of a file are shown
 * as by `sonde check`. If a flag is to blame, it is named.
 */
export function sayStartFailure(error: unknown, { log, shell, message, web = 'web' }: StartFailure): void {
  if (error instanceof StepError) {
    sayStartFailure(error.cause, { log, shell, message: error.message, web });
    return;
  }
  if (!(error instanceof Error)) throw error;
  const about = fieldsOf(error, web);
  const { start, problems } = problemsOf(error);
  if (shell.isTerminal && problems.length > 1) {
    for (const problem of problems) shell.err(`${shownLine(problem)}\n`);
    log.error(message, { err: `${start === '' ? '' : `${start}: `}${problems.length} mistakes, see above`, ...about });
    return;
  }
  for (const problem of problems)
    log.error(message, { err: start === '' ? problem : `${start}: ${problem}`, ...about });
}

/** The end of an error about an address that is a port alone. */
const PORT_ALONE = /address (\d{1,5}): missing port in address$/;

/**
 * A hint for a start without the default configuration file, or at an address that is a port alone: what to give. ""
 * for other errors.
 */
export function hintOf(error: Error): string {
  const isDefaultMissing = error.message.includes(`open ${DEFAULT_CONFIG}: no such file or directory`);
  if (isDefaultMissing) return 'name your configuration with --config.file=FILE';
  const port = PORT_ALONE.exec(error.message)?.[1];
  return port === undefined ? '' : `write the port as :${port}`;
}

function fieldsOf(error: Error, web: string): Fields {
  const hintText = hintOf(error);
  const hint = hintText === '' ? {} : { hint: hintText };
  if (error instanceof OptionError) {
    return { flag: `--${error.flag === SHARED_FLAG ? error.flag : error.flag.replace(/^web/, web)}`, ...hint };
  }
  if (error instanceof ListenError) {
    return { flag: `--${web}.${typeof error.place === 'string' ? 'listen-address' : 'systemd-socket'}`, ...hint };
  }
  if (isOutOfFiles(error)) return { hint: 'raise the limit of open files: ulimit -n, LimitNOFILE=' };
  return hint;
}

function isOutOfFiles(error: Error): boolean {
  return 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

function problemsOf(error: Error): { readonly start: string; readonly problems: readonly string[] } {
  if (error instanceof ConfigFileError) return { start: error.start, problems: error.problems };
  return { start: '', problems: error.message.split('\n') };
}
