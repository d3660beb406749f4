import { readFileSync } from 'node:fs';
import { remembered } from './remembered.js';

const LOCAL = '/etc/localtime';
const ZONES = '/usr/share/zoneinfo';

/**
 * What people call the time zone that is `offsetSeconds` east of Greenwich now, CEST for example. Node knows the offset and no such name,
 * so it is read from the file that both go by: `tz` is the variable TZ. UTC where there is no such file, as in Go.
 */
export function zoneAbbreviation(tz: string | undefined, offsetSeconds: number): string {
  const rule = ruleOf(tz ?? LOCAL);
  if (rule === undefined) return 'UTC';
  const [standard, summer] = rule;
  if (summer !== undefined && summer.offsetSeconds === offsetSeconds) return summer.name;
  return standard.name;
}

interface NamedOffset {
  readonly name: string;
  readonly offsetSeconds: number;
}

type Rule = readonly [standard: NamedOffset, summer: NamedOffset | undefined];

const ruleOf = remembered((place): Rule | undefined => {
  if (place === '') return undefined;
  const name = place.replace(/^:/, '');
  return parseRule(footerOf(name.startsWith('/') ? name : `${ZONES}/${name}`));
});

/** The last line of a TZif file (RFC 8536, 3.3) says what holds from its last transition on; "" where there is none. */
function footerOf(path: string): string {
  try {
    return readFileSync(path, 'latin1').trimEnd().split('\n').at(-1) ?? '';
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

const NAME = '([A-Za-z]{3,}|<[-+\\w]+>)';
const OFFSET = '([-+]?\\d+(?::\\d+){0,2})';
const RULE = new RegExp(`^${NAME}${OFFSET}(?:${NAME}${OFFSET}?)?`);

/** POSIX notation: `CET-1CEST,M3.5.0,M10.5.0/3`, offsets west of Greenwich; summer is an hour ahead unless it says otherwise. */
function parseRule(text: string): Rule | undefined {
  const [, name = '', offset = '', summerName, summerOffset] = RULE.exec(text) ?? [];
  if (name === '') return undefined;
  const standard = { name: plainName(name), offsetSeconds: secondsOf(offset) };
  if (summerName === undefined) return [standard, undefined];
  const offsetSeconds = summerOffset === undefined ? standard.offsetSeconds + 3600 : secondsOf(summerOffset);
  return [standard, { name: plainName(summerName), offsetSeconds }];
}

/** Names that are no words, `<+0330>`, stand in brackets. */
function plainName(name: string): string {
  return name.replace(/[<>]/g, '');
}

function secondsOf(offset: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = offset.replace(/^[-+]/, '').split(':').map(Number);
  const west = hours * 3600 + minutes * 60 + seconds;
  return offset.startsWith('-') ? west : -west;
}
