import type { WebRequest } from '../http/exchange.js';
import type { PageLink } from '../http/pages/html-page.js';
import { hostAsked } from './host-asked.js';
import type { Companion, RunningService } from './running-service.js';

/** The other services of this process, of which a service hears when all have started. */
export class Companions {
  #services: readonly Companion[] = [];

  readonly set = (services: readonly Companion[]): void => {
    this.#services = services;
  };

  /** This service's entry for the others' pages, and the setter of the entries that its own pages show. */
  facts(
    text: string,
    addresses: readonly string[],
    prefix: string,
  ): Pick<RunningService, 'asCompanion' | 'showCompanions'> {
    return { asCompanion: companionOf(text, addresses, prefix), showCompanions: this.set };
  }

  /**
   * Links to the other services, with the host name and scheme of the request, since one web config file applies to
   * all. Empty if the request names no host.
   */
  linksFor(request: Pick<WebRequest, 'headers'>): readonly PageLink[] {
    const host = hostAsked(request);
    if (host === undefined) return [];
    return this.#services.map(({ text, port, prefix }) => ({ href: `//${host.name}:${port}${prefix}`, text }));
  }
}

/**
 * The port and prefix with which pages link to a service that listens at these addresses; undefined if it has no TCP
 * port, as on a unix socket.
 */
export function companionOf(text: string, addresses: readonly string[], prefix: string): Companion | undefined {
  const port = addresses.map((address) => /:(\d{1,5})$/.exec(address)?.[1]).find((found) => found !== undefined);
  return port === undefined ? undefined : { text, port: Number(port), prefix };
}
