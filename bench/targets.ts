import { join } from 'node:path';
import { REPOSITORY } from '../test/helpers/peer.js';
import { type ChildService, startChildService } from '../test/helpers/services/child-service.js';
import type { Identity } from '../test/interop/tls/identities.js';
import { startNginx } from './nginx.js';
import type { TargetName } from './scenarios.js';

export interface Targets {
  /** What to give as target of a probe. */
  readonly of: Readonly<Record<TargetName, string>>;
  readonly stop: () => Promise<void>;
}

/** Starts everything that is probed, each in a process of its own, what it writes below `folder`. */
export async function startTargets(folder: string, identity: Identity): Promise<Targets> {
  const opened: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of opened.reverse()) await close();
  };
  const start = async (program: string): Promise<ChildService> => {
    const args = [join(REPOSITORY, 'dist/bench', program)];
    const service = await startChildService({ command: process.execPath, args, ready: /Listening on (\S+)/ });
    opened.push(() => service.stop());
    return service;
  };
  try {
    const nginx = await startNginx(folder, identity);
    opened.push(nginx.stop);
    const dns = await start('dns-target.js');
    const grpc = await start('grpc-target.js');
    const tcp = new URL(nginx.urls.http).host;
    return { of: { ...nginx.urls, tcp, dns: dns.address, icmp: '127.0.0.1', grpc: grpc.address }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
