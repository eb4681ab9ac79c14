import type { DirectorView, Freshness } from '../director/model.ts';
import type { CollectionState } from '../inventory/inventory.ts';
import type { Subjects } from '../inventory/subjects.ts';

/** Both sides at one moment. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly subjects: Subjects;
  /** Of pods and claims. */
  readonly freshness: Freshness;
  readonly collections: readonly CollectionState[];
  /** Undefined without a Director. The same object for as long as nothing changes. */
  readonly view: DirectorView | undefined;
}
