const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&#39;', "'"],
  ['&#34;', '"'],
  ['&amp;', '&'],
]);

/** What a reader of a probe's page has before them, a line a line; what is folded up stays so. */
export function pageText(page: string): string {
  const main = /<main>(.*)<\/main>/s.exec(page)?.[1] ?? '';
  return main
    .replace(/<details>.*?<\/details>\n?/gs, '')
    .replace(/<nav\b.*?<\/nav>\n?/gs, '')
    .replace(/<td[^>]*aria-hidden="true">.*?<\/td>/gs, '')
    .replace(/<h1>/g, '# ')
    .replace(/<h2[^>]*>/g, '\n## ')
    .replace(/<h3[^>]*>/g, '### ')
    .replace(/<li>/g, '- ')
    .replace(/<br>/g, '\n  ')
    .replace(/<\/t[hd]><t[hd]\b/g, '  $&')
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:lt|gt|amp|#3[49]);/g, (entity) => ENTITIES.get(entity) ?? entity)
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '')
    .concat('\n');
}
