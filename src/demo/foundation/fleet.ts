import type { Store } from '../../sandbox/api/store.ts';
import type { Deployed } from './deploy.ts';

export function grow(_store: Store, _deployed: Deployed, _machines: number): void {}
