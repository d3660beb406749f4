/**
 * Whether an Accept-Encoding header lets a server reply with the given compression, as upstream reads it: the items are
 * sorted by quality, and the first one that is the compression or `*` decides.
 */
export function acceptsEncoding(header: string, compression: string): boolean {
  const items = header.split(',').map(readItem);
  // Sorting is stable, so items of equal quality stay in the header's order.
  items.sort((a, b) => b.quality - a.quality);
  const deciding = items.find(({ coding }) => coding === compression || coding === '*');
  return deciding !== undefined && deciding.quality > 0;
}

function readItem(item: string): { readonly coding: string; readonly quality: number } {
  const text = item.trim();
  const semicolon = text.lastIndexOf(';');
  if (semicolon < 0) return { coding: text, quality: 1 };
  const quality = Number(
    text
      .slice(semicolon + 1)
      .trim()
      .replace(/^q=/, '') || NaN,
  );
  return {
    coding: text.slice(0, semicolon).trim(),
    quality: Number.isNaN(quality) ? 0 : Math.round(quality * 1000) / 1000,
  };
}
