/** The time this process believes in. */
export interface Clock {
  /** Sets the clock so many hours back; 0 is the true time. */
  setBack(hours: number): void;
}

/**
 * Puts a clock under this whole process that can be set back: what is deployed then is old in everybody's eyes, its logs included.
 * Timers run on as they are.
 */
export function installClock(): Clock {
  const RealDate = Date;
  let offset = 0;
  class ShiftedDate extends RealDate {
    constructor(...given: readonly unknown[]) {
      super(...((given.length === 0 ? [ShiftedDate.now()] : given) as [number]));
    }

    static override now(): number {
      return RealDate.now() - offset;
    }
  }
  globalThis.Date = ShiftedDate as DateConstructor;
  return {
    setBack(hours) {
      offset = hours * 3_600_000;
    },
  };
}
