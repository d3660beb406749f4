import t from 'tap';
import { parseHttpDate } from '../../../src/probers/http/last-modified.js';

const DATES: readonly (readonly [name: string, text: string, seconds: number | undefined])[] = [
  ['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT', 784111777],
  ['RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT', 784111777],
  ['asctime', 'Sun Nov  6 08:49:37 1994', 784111777],
  ['before 1970', 'Wed, 31 Dec 1969 23:59:59 GMT', -1],
  ['RFC 850 of this century', 'Sunday, 06-Nov-26 08:49:37 GMT', 1793954977],
  ['parts of a second', 'Sun, 06 Nov 1994 08:49:37.5 GMT', 784111777],
  ['parts of a second behind a comma', 'Sunday, 06-Nov-94 08:49:37,123456789012 GMT', 784111777],
  ['more blanks', 'Sun,  06   Nov 1994  08:49:37   GMT', 784111777],
  ['too many blanks', `Sun,${' '.repeat(2000)}06 Nov 1994 08:49:37 GMT`, undefined],
  ['other letter case', 'SUN, 06 nov 1994 08:49:37 GMT', 784111777],
  ['an hour of one digit', 'Sun, 06 Nov 1994 8:49:37 GMT', 784111777],
  ['a minute of one digit', 'Sun, 06 Nov 1994 08:9:37 GMT', undefined],
  ['a day of one digit', 'Sun, 6 Nov 1994 08:49:37 GMT', undefined],
  ['asctime with a day of one digit', 'Sun Nov 6 08:49:37 1994', 784111777],
  ['a zone in small letters', 'Sun, 06 Nov 1994 08:49:37 gmt', undefined],
  ['zones of RFC 850 shift nothing', 'Sunday, 06-Nov-94 08:49:37 GMT+3', 784111777],
  ['a shift with zeros before it', 'Sunday, 06-Nov-94 08:49:37 GMT+0023', 784111777],
  ['a shift alone', 'Sunday, 06-Nov-94 08:49:37 +0000', 784111777],
  ['a shift of one digit alone', 'Sunday, 06-Nov-94 08:49:37 +5', undefined],
  ['a shift in hours and minutes alone', 'Sunday, 06-Nov-94 08:49:37 -0700', undefined],
  ['a zone of five letters', 'Sunday, 06-Nov-94 08:49:37 AMSST', 784111777],
  ['a zone of four letters', 'Sunday, 06-Nov-94 08:49:37 ABCD', undefined],
  ['a shift of more than a day', 'Sunday, 06-Nov-94 08:49:37 GMT+24', undefined],
  ['another zone', 'Sun, 06 Nov 1994 08:49:37 CET', undefined],
  ['no such day', 'Thu, 31 Feb 2019 08:49:37 GMT', undefined],
  ['no such hour', 'Sun, 06 Nov 1994 24:00:00 GMT', undefined],
  ['ISO 8601', '1994-11-06T08:49:37Z', undefined],
  ['empty', '', undefined],
];

for (const [name, text, seconds] of DATES) t.equal(parseHttpDate(text), seconds, name);
