import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { REPOSITORY } from '../peer.js';

/** A Markdown file of the repository. */
export interface Document {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block: the word behind the fence, and what is in it. */
export interface FencedBlock {
  readonly language: string;
  readonly text: string;
  /** Where it is, for messages. */
  readonly place: string;
}

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.tap']);

/** Every Markdown file that the repository's readers meet. */
export function readDocuments(folder = REPOSITORY): readonly Document[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : readDocuments(path);
    return entry.name.endsWith('.md') ? [{ path: relative(REPOSITORY, path), text: readFileSync(path, 'utf8') }] : [];
  });
}

/** The fenced blocks of a document, in their order. */
export function fencedBlocks({ path, text }: Document): readonly FencedBlock[] {
  return [...text.matchAll(/^( *)(`{3,})(\w*)[^\n]*\n([\s\S]*?)^\1\2 *$/gm)].map(
    ([, indent = '', , language = '', body = ''], index) => ({
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      place: `${path}, block ${index + 1}`,
    }),
  );
}

/** The relative links of a document that lead nowhere: no such file, or no such heading in it. */
export function brokenLinks(document: Document): readonly string[] {
  const prose = document.text.replaceAll(/^( *)(`{3,})[\s\S]*?^\1\2 *$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(document, link));
}

function leadsSomewhere(from: Document, link: string): boolean {
  const [file = '', heading] = link.split('#');
  const path = file === '' ? join(REPOSITORY, from.path) : join(REPOSITORY, dirname(from.path), decodeURI(file));
  if (!existsSync(path)) return false;
  return heading === undefined || !path.endsWith('.md') || anchors(readFileSync(path, 'utf8')).has(heading);
}

/** Anchors as the common forges make them of headings. */
function anchors(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ +(.+?) *$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
