import { createHash } from 'node:crypto';
import { remembered } from '../../values/remembered.js';
import type { Reply } from '../answers/http-reply.js';
import { type Html, html, trustedHtml } from './html.js';
import { PAGE_STYLE } from './page-style.js';

/** A link to another page of the same service; relative, so that it holds below any prefix. */
export interface PageLink {
  readonly href: string;
  readonly text: string;
  readonly isHere?: boolean;
}

/** The parts of a page for people. */
export interface HtmlPage {
  readonly title: string;
  readonly service: string;
  readonly links: readonly PageLink[];
  /** Links to other services of the process. */
  readonly services?: readonly PageLink[];
  readonly main: Html;
  /** 200 unless the page says that something is missing. */
  readonly status?: number;
  /** The look of what only this kind of page has; a text of our own source. */
  readonly style?: string;
  /** JavaScript; the same text for all answers of a page. */
  readonly script?: string;
  /** The path of the page's script at the same service, relative to the page. */
  readonly scriptPath?: string;
}

/**
 * A whole page without external resources, so that it works where only the service is reachable. Its content security
 * policy allows the page's own script and no other, so that injected HTML cannot run one.
 */
export function htmlPage(page: HtmlPage): Reply {
  const { title, service, links, services = [], main, status = 200, script, scriptPath } = page;
  const style = PAGE_STYLE + (page.style ?? '');
  const body = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trustedHtml(style)}</style>
${scriptPath === undefined ? '' : html`<script src="${scriptPath}" defer></script>\n`}</head>
<body>
<header><strong>${service}</strong><nav aria-label="Pages">${links.map(linkHtml)}</nav>${servicesHtml(services)}</header>
<main>
${main}</main>
${script === undefined ? '' : html`<script>${trustedHtml(script)}</script>\n`}</body>
</html>
`;
  return {
    status,
    contentType: 'text/html; charset=utf-8',
    headers: pageHeaders(style, { script, scriptPath }),
    body: body.toString(),
  };
}

function servicesHtml(services: readonly PageLink[]): Html | undefined {
  return services.length === 0 ? undefined : html`<nav aria-label="Services">${services.map(linkHtml)}</nav>`;
}

function linkHtml({ href, text, isHere }: PageLink): Html {
  return html`<a href="${href}"${isHere ? html` aria-current="page"` : ''}>${text}</a>`;
}

type Scripts = Readonly<Record<'script' | 'scriptPath', string | undefined>>;

function pageHeaders(style: string, { script, scriptPath }: Scripts): Readonly<Record<string, string>> {
  const scripts = [
    ...(script === undefined ? [] : [sourceOf(script)]),
    ...(scriptPath === undefined ? [] : ["'self'"]),
  ];
  const policy = [
    "default-src 'none'",
    `style-src ${sourceOf(style)}`,
    ...(scripts.length === 0 ? [] : [`script-src ${scripts.join(' ')}`, "connect-src 'self'"]),
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  };
}

/** How a policy names a text inside the page; the texts are the few of our own source. */
const sourceOf = remembered((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`, 16);
