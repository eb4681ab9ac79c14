import { deploying } from './deploying.ts';
import { changingDisks } from './disks.ts';
import { drifting } from './drifting.ts';
import { ending } from './ending.ts';
import { mending } from './trouble.ts';

// What operators ask of a Director, with the real Director, CLI and agent, and machines on a real node. Every step goes on from
// the one before and looks at both sides: what the Director believes, and what is in the cluster. Times are printed, not asserted.
deploying();
changingDisks();
mending();
drifting();
ending();
