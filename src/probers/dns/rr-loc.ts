import type { Field } from './rr-fields.js';

const EQUATOR = 2 ** 31;
const MS_A_DEGREE = 3_600_000;
const MS_A_MINUTE = 60_000;
/** Altitudes are centimetres above this many metres below the reference spheroid. */
const LOWEST_METRES = 100_000;

/** A location (RFC 1876): `52 05 3.000 N 121 29 3.000 W 123.45m 1m 10000m 10m`. */
export const loc: Field = (rdata) => {
  rdata.uint8(); // The version is not shown.
  const precisions = [rdata.uint8(), rdata.uint8(), rdata.uint8()];
  const latitude = angle(rdata.uint32(), 'N', 'S');
  const longitude = angle(rdata.uint32(), 'E', 'W');
  const altitude = rdata.uint32();
  const metres = (altitude / 100 - LOWEST_METRES).toFixed(altitude % 100 === 0 ? 0 : 2);
  return `${latitude} ${longitude} ${metres}m ${precisions.map(precision).join(' ')}`;
};

/** Writes an angle in thousandths of a second of arc, with 2^31 at the equator and the prime meridian. */
function angle(value: number, positive: string, negative: string): string {
  const distance = Math.abs(value - EQUATOR);
  const degrees = Math.floor(distance / MS_A_DEGREE);
  const minutes = Math.floor((distance % MS_A_DEGREE) / MS_A_MINUTE);
  const seconds = ((distance % MS_A_MINUTE) / 1000).toFixed(3);
  return `${twoDigits(degrees)} ${twoDigits(minutes)} ${seconds} ${value > EQUATOR ? positive : negative}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** Writes centimetres, which have a mantissa and a power of ten in four bits each. */
function precision(value: number): string {
  const mantissa = value >> 4;
  const exponent = value & 15;
  if (exponent >= 2) return `${mantissa}${'0'.repeat(exponent - 2)}m`;
  return `0.${twoDigits(exponent === 1 ? mantissa * 10 : mantissa)}m`;
}
