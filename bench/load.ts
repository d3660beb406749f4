import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findInPath } from '../test/helpers/peer.js';

export interface LoadOptions {
  readonly seconds: number;
  readonly concurrency: number;
}

/** What wrk counted. */
export interface Load {
  readonly probes: number;
  readonly seconds: number;
}

/**
 * Scrapes `url` with wrk as fast as it answers. Throws if an answer was no 2xx or a connection failed: such a round
 * measures nothing.
 */
export async function loadWith(url: string, { seconds, concurrency }: LoadOptions): Promise<Load> {
  const program = findInPath('wrk');
  if (program === undefined) throw new Error('Cannot find wrk: install it (Debian: wrk)');
  const args = ['-t1', `-c${concurrency}`, `-d${seconds}s`, '--timeout', '10s', '-H', SCRAPE_TIMEOUT, url];
  const { stdout } = await promisify(execFile)(program, args, { timeout: (seconds + 30) * 1000 });
  const [, probes, took, unit] = /(\d+) requests in ([\d.]+)(ms|s|m),/.exec(stdout) ?? [];
  if (probes === undefined || /Non-2xx|Socket errors/.test(stdout))
    throw new Error(`Cannot use this round:\n${stdout}`);
  return { probes: Number(probes), seconds: Number(took) * (unit === 'ms' ? 0.001 : unit === 'm' ? 60 : 1) };
}

const SCRAPE_TIMEOUT = 'X-Prometheus-Scrape-Timeout-Seconds: 10';
