import * as v from 'valibot';
import { createStemcell as create } from '../../stemcell/create.ts';
import { defineMethod } from '../method.ts';

/** create_stemcell: the image that a light stemcell names is the CID. The third argument (tags) is API v3's. */
export const createStemcell = defineMethod(
  [
    ['image_path', v.string()],
    ['cloud_properties', v.record(v.string(), v.unknown())],
    ['env', v.optional(v.nullable(v.record(v.string(), v.unknown())))],
  ],
  (call, imagePath, properties) => create(imagePath, properties, call.log),
);
