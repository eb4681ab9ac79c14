/** Hands out pod addresses, the next one each time, so that a recreated pod gets another. */
export function createAddresses(network: string) {
  const taken = new Set<string>();
  let next = 1;
  return {
    take(): string {
      let address: string;
      do {
        next = (next % 65_000) + 1;
        address = `${network}.${next >> 8}.${next & 0xff}`;
      } while (taken.has(address) || (next & 0xff) === 0);
      taken.add(address);
      return address;
    },
    release: (address: string) => taken.delete(address),
  };
}
