/** One metric family as it was read from the text exposition; series are written `name{label="value",…}`. */
export interface ExposedFamily {
  readonly help: string;
  readonly type: string;
  readonly series: ReadonlyMap<string, string>;
}

interface OpenFamily extends ExposedFamily {
  readonly series: Map<string, string>;
}

/** Reads a Prometheus text exposition into its families by name. Throws where a line is none of the format's. */
export function readExposition(text: string): ReadonlyMap<string, ExposedFamily> {
  const families = new Map<string, OpenFamily>();
  let current = '';
  let help = '';
  for (const line of text.split('\n')) {
    const [, word = '', name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (word === 'HELP') help = rest;
    else if (word === 'TYPE') {
      current = name;
      families.set(name, { help, type: rest, series: new Map() });
    } else if (line !== '') addSeries(families.get(current), line);
  }
  return families;
}

function addSeries(family: OpenFamily | undefined, line: string): void {
  const at = line.lastIndexOf(' ');
  const name = line.slice(0, at);
  if (family === undefined || at < 1) throw new Error(`Cannot read the line "${line}" of an exposition`);
  if (family.series.has(name)) throw new Error(`The series "${name}" occurs twice`);
  family.series.set(name, line.slice(at + 1));
}
