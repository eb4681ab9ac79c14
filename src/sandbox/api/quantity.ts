const SUFFIXES: Readonly<Record<string, bigint>> = {
  '': 1n,
  k: 10n ** 3n,
  M: 10n ** 6n,
  G: 10n ** 9n,
  T: 10n ** 12n,
  P: 10n ** 15n,
  E: 10n ** 18n,
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};

const NANO = 10n ** 9n;
const SMALL: Readonly<Record<string, bigint>> = { n: 1n, u: 10n ** 3n, m: 10n ** 6n };

/**
 * A resource quantity in billionths of its unit (bytes, cores), exact.
 * @returns undefined for what is no quantity
 */
export function quantity(text: string | number | undefined): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/.exec(String(text ?? ''));
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', suffix = '', exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  const scale = SMALL[suffix] ?? (SUFFIXES[suffix] ?? 1n) * NANO;
  const power = exponent === undefined ? 0 : Number(exponent);
  const digits = BigInt(whole + fraction);
  let value = digits * scale;
  const shift = power - fraction.length;
  if (shift >= 0) value *= 10n ** BigInt(shift);
  else value = roundUp(value, 10n ** BigInt(-shift));
  return sign === '-' ? -value : value;
}

/** Kubernetes rounds quantities up to the next billionth. */
function roundUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

/** Bytes of a storage quantity; 0 when absent. */
export function bytes(text: string | number | undefined): number {
  return Number((quantity(text) ?? 0n) / NANO);
}

/** The sum of quantities, in billionths. */
export function sum(quantities: readonly (string | undefined)[]): bigint {
  return quantities.reduce((total, text) => total + (quantity(text) ?? 0n), 0n);
}
