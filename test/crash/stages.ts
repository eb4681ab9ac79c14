import { platforms, truest } from '../support/backend.ts';

/** `TEST_MATRIX=full`: every case on every platform, which takes an hour. Else the cases are dealt out to the truest platform there is. */
export const full = process.env.TEST_MATRIX === 'full';

/** Where the stories are played. */
export const stages = full ? platforms : [truest];
