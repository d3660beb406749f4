import { shownText } from '../values/shown-text.js';
import type { Fields } from './fields.js';

/** Cuts texts of fields that are too long to be shown, since targets, name servers and clients choose some of them. */
export function shownFields(fields: Fields): Fields {
  for (const key in fields) {
    const value = fields[key];
    if (typeof value === 'string' && shownText(value) !== value) return cutFields(fields);
  }
  return fields;
}

function cutFields(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? shownText(value) : value]),
  );
}
