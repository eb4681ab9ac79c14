import { readFile } from 'node:fs/promises';
import type { ImageReference } from '../stemcell/image-reference.ts';
import { dockerCredentials } from '../stemcell/registry/docker-config.ts';
import { openRepository, type Repository } from '../stemcell/registry/registry.ts';

/** Options of the commands that speak with a registry. */
export const registryOptions = { ca: { type: 'string' }, 'plain-http': { type: 'boolean' } } as const;

/** Opens a reference's repository as whoever is logged in. @throws Error when the --ca file cannot be read */
export async function openAs(
  reference: ImageReference,
  values: { readonly ca?: string | undefined; readonly 'plain-http'?: boolean | undefined },
): Promise<Repository> {
  const ca = values.ca === undefined ? undefined : await readFile(values.ca, 'utf8').catch(unreadable);
  return openRepository(reference, {
    plainHttp: values['plain-http'] ?? false,
    ca,
    credentials: () => dockerCredentials(reference.registry, process.env),
  });
}

function unreadable({ code, path }: NodeJS.ErrnoException): never {
  throw new Error(`--ca: ${path}: ${code}`);
}
