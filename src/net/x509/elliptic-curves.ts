/** The sizes of the curves that Go knows. */
export type CurveBits = 224 | 256 | 384 | 521;

/** A curve y² = x³ − 3x + b over the integers modulo p (FIPS 186-4, section D.1.2). */
interface Curve {
  readonly p: bigint;
  readonly b: bigint;
  readonly bits: CurveBits;
  readonly bytes: number;
  /** The name that Go prints. */
  readonly name: string;
}

/** Key: the bytes of the object identifier, in hexadecimal. */
const CURVES: ReadonlyMap<string, Curve> = new Map<string, Curve>([
  [
    '2b81040021',
    {
      name: 'P224',
      bits: 224,
      bytes: 28,
      p: 2n ** 224n - 2n ** 96n + 1n,
      b: 0xb4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4n,
    },
  ],
  [
    '2a8648ce3d030107',
    {
      name: 'P256',
      bits: 256,
      bytes: 32,
      p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
      b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    },
  ],
  [
    '2b81040022',
    {
      name: 'P384',
      bits: 384,
      bytes: 48,
      p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
      b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    },
  ],
  [
    '2b81040023',
    {
      name: 'P521',
      bits: 521,
      bytes: 66,
      p: 2n ** 521n - 1n,
      b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    },
  ],
]);

/** The size of the curve with this identifier, in bits; undefined if Go does not know it. */
export function bitsOfCurve(identifier: string): CurveBits | undefined {
  return CURVES.get(identifier)?.bits;
}

/**
 * Returns why `point` is not on the curve, in Go's words, or undefined if it is. Only the uncompressed form is accepted
 * (SEC 1, section 2.3.3).
 */
export function pointProblem(identifier: string, point: Buffer): string | undefined {
  const curve = CURVES.get(identifier);
  if (curve === undefined) return 'x509: unsupported elliptic curve';
  const { p, b, bytes, name } = curve;
  if (point[0] !== 4) return 'ecdsa: invalid uncompressed public key';
  if (point.length !== 1 + 2 * bytes) return `invalid ${name} point encoding`;
  const x = numberOf(point.subarray(1, 1 + bytes));
  const y = numberOf(point.subarray(1 + bytes));
  if (x >= p || y >= p) return `invalid ${name} element encoding`;
  return (y * y - (x * x * x - 3n * x + b)) % p === 0n ? undefined : `${name} point not on curve`;
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}
