import type { Reply } from '../../../http/answers/http-reply.js';
import { type HtmlPage, htmlPage, type PageLink } from '../../../http/pages/html-page.js';

/** The pages that each page of the prober leads to, by their paths below the service's prefix. */
const PAGES = [
  { path: './', text: 'Targets' },
  { path: 'config', text: 'Configuration' },
  { path: 'reasons', text: 'Failure reasons' },
  { path: 'metrics', text: 'Metrics' },
] as const;

/** One page of the prober. */
export interface ProberPage extends Pick<HtmlPage, 'main' | 'status' | 'style' | 'scriptPath' | 'services'> {
  /** The part of the title before the service's name. */
  readonly title: string;
  /** The page that is shown, where it is one of those that each page leads to. */
  readonly here?: (typeof PAGES)[number]['path'];
  /** The way up to the service's prefix: "" on `/config`, "../" on `/probes/1`. Links hold below any prefix. */
  readonly up?: '' | '../';
}

/** A page in the frame that all pages of the prober have. */
export function proberPage({ title, here, up = '', ...page }: ProberPage): Reply {
  const links: readonly PageLink[] = PAGES.map(({ path, text }) => ({
    href: path === './' && up !== '' ? up : up + path,
    text,
    isHere: path === here,
  }));
  return htmlPage({ ...page, title: `${title} – Sonde`, service: 'Sonde', links });
}
