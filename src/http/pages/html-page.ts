import { createHash } from 'node:crypto';
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
  readonly main: Html;
  /** JavaScript; the same text for all answers of a page. */
  readonly script?: string;
}

/**
 * A whole page, with everything it needs inside: it works where nothing but the service can be reached. The policy that
 * is sent along lets the browser run the page's own script and no other, whatever may have got into the page.
 */
export function htmlPage({ title, service, links, main, script }: HtmlPage): Reply {
  const body = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trustedHtml(PAGE_STYLE)}</style>
</head>
<body>
<header><strong>${service}</strong><nav>${links.map(linkHtml)}</nav></header>
<main>
${main}</main>
${script === undefined ? '' : html`<script>${trustedHtml(script)}</script>\n`}</body>
</html>
`;
  return { status: 200, contentType: 'text/html; charset=utf-8', headers: pageHeaders(script), body: body.toString() };
}

function linkHtml({ href, text, isHere }: PageLink): Html {
  return html`<a href="${href}"${isHere ? html` aria-current="page"` : ''}>${text}</a>`;
}

function pageHeaders(script: string | undefined): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    `style-src ${sourceOf(PAGE_STYLE)}`,
    ...(script === undefined ? [] : [`script-src ${sourceOf(script)}`, "connect-src 'self'"]),
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

/** How a policy names a text inside the page. */
function sourceOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
