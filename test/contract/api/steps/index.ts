import type { Step } from '../steps.ts';
import { claims } from './claims.ts';
import { deletions } from './deletions.ts';
import { dualStack } from './dual-stack.ts';
import { lists } from './lists.ts';
import { objects } from './objects.ts';
import { others } from './others.ts';
import { patches } from './patches.ts';
import { pods } from './pods.ts';
import { security } from './security.ts';
import { services } from './services.ts';
import { snapshots } from './snapshots.ts';

export const scripts: Readonly<Record<string, readonly Step[]>> = {
  objects,
  patches,
  deletions,
  lists,
  pods,
  security,
  claims,
  services,
  'dual-stack': dualStack,
  snapshots,
  others,
};
