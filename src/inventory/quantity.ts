const factors: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Bytes of a quantity such as `10Gi`; undefined for none and for what is none. */
export function parseBytes(text: string | undefined): number | undefined {
  const match = /^([0-9.]+(?:[eE][+-]?[0-9]+)?)([kMGTPE]i?|Ki|m)?$/.exec(text ?? '');
  if (match === null) return undefined;
  return Number(match[1]) * (factors[match[2] ?? ''] ?? Number.NaN);
}
