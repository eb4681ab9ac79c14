import test from 'ava';
import { type Freshness, worst } from '../../src/kubernetes/freshness.ts';

const live = (since: number): Freshness => ({ state: 'live', since });
const stale = (since: number): Freshness => ({ state: 'stale', since, reason: `since ${since}` });
const syncing: Freshness = { state: 'syncing', read: 3, about: 9 };
const failed: Freshness = { state: 'failed', reason: 'no right' };

test('the worst of several is what can be said of all', (t) => {
  t.deepEqual(worst([live(1), syncing]), syncing);
  t.deepEqual(worst([syncing, stale(5), live(1)]), stale(5));
  t.deepEqual(worst([stale(5), failed, live(1)]), failed);
  t.deepEqual(worst([stale(5), stale(3), stale(7)]), stale(3), 'stale since the first trouble');
  t.deepEqual(worst([live(5), live(9), live(7)]), live(9), 'live since the last came');
  t.deepEqual(worst([]), { state: 'syncing', read: 0, about: undefined });
});
