import type { PageLink } from '../../../http/pages/html-page.js';

/** The name of the service on its pages. */
export const PUSHGATEWAY = 'Sonde pushgateway';

const LINKS: readonly PageLink[] = [
  { href: './', text: 'Metrics' },
  { href: 'status', text: 'Status' },
  { href: 'help', text: 'Help' },
  { href: 'metrics', text: 'Scrape' },
];

/** The links of all pages, the one to `here` marked. */
export function pushLinks(here?: string): readonly PageLink[] {
  return LINKS.map((link) => ({ ...link, isHere: link.href === here }));
}
