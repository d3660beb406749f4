import type { WebRequest } from '../http/exchange.js';
import type { PageLink } from '../http/pages/html-page.js';
import { hostAsked } from './host-asked.js';
import type { RunningService, ServiceBeside } from './running-service.js';

/** The other services of this process, of which a service hears when all have started. */
export class ServicesBeside {
  #services: readonly ServiceBeside[] = [];

  readonly set = (services: readonly ServiceBeside[]): void => {
    this.#services = services;
  };

  /** What the service itself tells the others, and how it hears of them. */
  facts(text: string, addresses: readonly string[], prefix: string): Pick<RunningService, 'asBeside' | 'showBeside'> {
    return { asBeside: serviceBeside(text, addresses, prefix), showBeside: this.set };
  }

  /**
   * Links to them, at the host by which the one who asks has come here and in the same scheme, since one web config
   * file is for all. Where the request names no host there are none.
   */
  linksFor(request: Pick<WebRequest, 'headers'>): readonly PageLink[] {
    const host = hostAsked(request);
    if (host === undefined) return [];
    return this.#services.map(({ text, port, prefix }) => ({ href: `//${host.name}:${port}${prefix}`, text }));
  }
}

/**
 * What links need of a service that listens at these addresses; undefined where it has no port, as on a unix socket.
 */
export function serviceBeside(text: string, addresses: readonly string[], prefix: string): ServiceBeside | undefined {
  const port = addresses.map((address) => /:(\d{1,5})$/.exec(address)?.[1]).find((found) => found !== undefined);
  return port === undefined ? undefined : { text, port: Number(port), prefix };
}
