import { ConfigFileError } from '../config/config-problem.js';
import { ListenError } from '../http/listeners/bind-server.js';
import { OptionError } from '../http/option-error.js';
import type { ServiceLog } from '../log/service-log.js';
import type { Fields } from '../probe/fields.js';
import type { Shell } from './shell.js';

/** One process has one of these, whatever runs in it. */
const SHARED_FLAG = 'web.config.file';
const DEFAULT_CONFIG = 'blackbox.yml';

/** What `sayStartFailure` needs to know about a service that could not start. */
export interface StartFailure {
  readonly log: ServiceLog;
  readonly shell: Shell;
  /** What could not be done. */
  readonly message: string;
  /** What the flags of the service begin with; `web` if absent. */
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
 * Says why a service could not start, in a line for each mistake; on a terminal the mistakes of a file stand there as
 * `sonde check` has them. Where a flag is to blame it is named.
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
    for (const problem of problems) shell.err(`${problem}\n`);
    log.error(message, { err: `${start === '' ? '' : `${start}: `}${problems.length} mistakes, see above`, ...about });
    return;
  }
  for (const problem of problems)
    log.error(message, { err: start === '' ? problem : `${start}: ${problem}`, ...about });
}

/**
 * For whoever starts in a folder without the file that is read unless told otherwise: what to give; "" for other
 * errors.
 */
export function hintOf(error: Error): string {
  const isDefaultMissing = error.message.includes(`open ${DEFAULT_CONFIG}: no such file or directory`);
  return isDefaultMissing ? 'name your configuration with --config.file=FILE' : '';
}

function fieldsOf(error: Error, web: string): Fields {
  if (error instanceof OptionError) {
    return { flag: `--${error.flag === SHARED_FLAG ? error.flag : error.flag.replace(/^web/, web)}` };
  }
  if (error instanceof ListenError) {
    return { flag: `--${web}.${typeof error.place === 'string' ? 'listen-address' : 'systemd-socket'}` };
  }
  if (isOutOfFiles(error)) return { hint: 'raise the limit of open files: ulimit -n, LimitNOFILE=' };
  const hint = hintOf(error);
  return hint === '' ? {} : { hint };
}

function isOutOfFiles(error: Error): boolean {
  return 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

function problemsOf(error: Error): { readonly start: string; readonly problems: readonly string[] } {
  if (error instanceof ConfigFileError) return { start: error.start, problems: error.problems };
  return { start: '', problems: error.message.split('\n') };
}
