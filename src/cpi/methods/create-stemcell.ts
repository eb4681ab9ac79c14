import * as v from 'valibot';
import { createStemcell as create } from '../../stemcell/create.ts';
import { defineMethod } from '../method.ts';

/** create_stemcell: the CID is an image, the one that a light stemcell names or the one that a heavy stemcell becomes. The third argument (tags) is API v3's. */
export const createStemcell = defineMethod(
  [
    ['image_path', v.string()],
    ['cloud_properties', v.record(v.string(), v.unknown())],
    ['env', v.optional(v.nullable(v.record(v.string(), v.unknown())))],
  ],
  (call, imagePath, properties) =>
    create(imagePath, properties, async () => (await call.session(undefined)).registry, call.log),
);
