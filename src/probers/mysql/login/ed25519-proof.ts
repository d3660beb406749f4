import { createHash } from 'node:crypto';

// MariaDB's client_ed25519 signs as RFC 8032 does, but its secret is a password of any length. Node's own Ed25519 takes
// secrets of 32 bytes only, so it cannot be used here.

/** The prime of the field, the order of the base point, and 2d of the curve (RFC 8032, 5.1). */
const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const TWICE_D = mod(2n * -121665n * inverse(121666n));
const BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202n;
const BASE_Y = mod(4n * inverse(5n));

/** A point in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z. */
type Point = readonly [x: bigint, y: bigint, z: bigint, t: bigint];
const NEUTRAL: Point = [0n, 1n, 1n, 0n];
const BITS = 256;

/** The base point times 1, 2, 4 and so on; made at the first log-in that needs it. */
let doubled: readonly Point[] | undefined;

/** The signature of a server's challenge, 64 bytes; it takes some 3 ms. It is empty without a password. */
export function ed25519Proof(password: string, nonce: Buffer): Buffer {
  if (password === '') return Buffer.alloc(0);
  const signed = nonce.subarray(0, 32);
  const secret = sha512(Buffer.from(password));
  const scalar = clamped(secret.subarray(0, 32));
  const publicKey = packed(timesBase(scalar));
  const once = littleEndian(sha512(secret.subarray(32), signed)) % ORDER;
  const commitment = packed(timesBase(once));
  const challenge = littleEndian(sha512(commitment, publicKey, signed)) % ORDER;
  return Buffer.concat([commitment, toBytes((once + challenge * scalar) % ORDER)]);
}

/** RFC 8032, 5.1.5: a multiple of eight with the highest bit at its place. */
function clamped(bytes: Buffer): bigint {
  const copy = Buffer.from(bytes);
  copy[0] = (copy[0] ?? 0) & 248;
  copy[31] = ((copy[31] ?? 0) & 63) | 64;
  return littleEndian(copy);
}

function timesBase(scalar: bigint): Point {
  doubled ??= doublings([BASE_X, BASE_Y, 1n, mod(BASE_X * BASE_Y)]);
  let sum = NEUTRAL;
  let rest = scalar;
  for (const point of doubled) {
    if ((rest & 1n) === 1n) sum = plus(sum, point);
    rest >>= 1n;
  }
  return sum;
}

function doublings(point: Point): readonly Point[] {
  const all = [point];
  for (let last = point; all.length < BITS;) all.push((last = plus(last, last)));
  return all;
}

/** RFC 8032, 5.1.4; the formula holds for doubling as well. */
function plus([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(mod(t1 * TWICE_D) * t2);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

/** RFC 8032, 5.1.2: y, and the lowest bit of x. */
function packed([x, y, z]: Point): Buffer {
  const inverted = inverse(z);
  return toBytes(mod(y * inverted) | ((mod(x * inverted) & 1n) << 255n));
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

/** The inverse by Fermat's little theorem: the power P - 2. */
function inverse(value: bigint): bigint {
  let [result, power] = [1n, mod(value)];
  for (let rest = P - 2n; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = mod(result * power);
    power = mod(power * power);
  }
  return result;
}

function sha512(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}
