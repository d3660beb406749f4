import { readTextFile } from '../../../files/file-text.js';

/** A file of logins has a few lines each. */
const LARGEST_FILE_BYTES = 256 * 1024;
const MOST_SECTIONS = 1000;
const MOST_DOUBTS = 20;

/** What an option file says. */
export interface OptionFile {
  readonly sections: Sections;
  /** Lines that are passed over, and where they are. */
  readonly doubts: readonly string[];
}

/** Sections by name, each with its keys and their values. */
export type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Reads an option file of MySQL (MySQL manual, Using Option Files): `[section]`, `key = value`, keys without a value. A
 * section `client.x` inherits the keys of `client` that it lacks, as with mysqld_exporter. `defaults` are keys of
 * sections for which the file has no value. Rejects with a FileProblem, or with an Error that names the mistake and its
 * place.
 */
export async function readMyCnf(path: string, defaults: Sections): Promise<OptionFile> {
  const text = path === '' ? '' : await readTextFile(path, LARGEST_FILE_BYTES);
  return parseMyCnf(text, path, defaults);
}

/** Reads the text of an option file; `path` is for messages. Throws Error. */
export function parseMyCnf(body: string, path: string, defaults: Sections = new Map()): OptionFile {
  const sections = new Map([...defaults].map(([name, keys]) => [name, new Map(keys)]));
  const doubts: string[] = [];
  let section: Map<string, string> | undefined;
  body.split('\n').forEach((each, index) => {
    const line = each.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) return;
    const place = `${path}:${index + 1}`;
    const name = /^\[([^\]]{1,200})\]\s*(?:[#;].*)?$/.exec(line)?.[1]?.trim();
    if (name !== undefined) {
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
      if (sections.size > MOST_SECTIONS) throw new Error(`${place}: more than ${MOST_SECTIONS} sections`);
      return;
    }
    if (line.startsWith('[')) throw new Error(`${place}: the name of a section stands in brackets`);
    if (line.startsWith('!')) {
      if (doubts.length < MOST_DOUBTS) doubts.push(`${place}: other files are not included`);
      return;
    }
    if (section === undefined) throw new Error(`${place}: this stands before the first section`);
    const [key, value] = readOption(line);
    // An empty value does not replace an earlier one, as with mysqld_exporter.
    if (value !== '' || !section.has(key)) section.set(key, value);
  });
  const whole = new Map([...sections].map(([name, keys]) => [name, withParents(name, keys, sections)]));
  return { sections: whole, doubts };
}

/** Reads one option. A comment may follow a value. In a value in quotes, all characters stand for themselves. */
function readOption(line: string): readonly [key: string, value: string] {
  const equals = line.indexOf('=');
  if (equals < 0) return [line, ''];
  const key = line.slice(0, equals).trim();
  const text = line.slice(equals + 1).trim();
  const [, double, single] = /^(?:"([^"]*)"|'([^']*)')(?:\s*[#;].*)?$/.exec(text) ?? [];
  return [key, double ?? single ?? text.replace(/\s[#;].*$/s, '').trimEnd()];
}

function withParents(
  name: string,
  keys: ReadonlyMap<string, string>,
  sections: ReadonlyMap<string, ReadonlyMap<string, string>>,
): ReadonlyMap<string, string> {
  const dot = name.lastIndexOf('.');
  const parent = dot < 0 ? undefined : sections.get(name.slice(0, dot));
  return parent === undefined ? keys : new Map([...withParents(name.slice(0, dot), parent, sections), ...keys]);
}
