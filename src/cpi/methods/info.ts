import { CloudError } from '../../bosh/cloud-error.ts';
import { apiVersion } from '../protocol.ts';

/** Formats of stemcells this CPI takes: light ones name an image. */
const stemcellFormats = ['kubernetes-light', 'docker-light', 'warden-tar', 'general-tar'];

/**
 * info: what this CPI can do. Reads no configuration and reaches no network, so that it answers at once.
 * @returns `{api_version, stemcell_formats}`
 */
export function info(args: readonly unknown[]): unknown {
  if (args.length > 0) throw new CloudError('CpiError', `expected 0 arguments, got ${args.length}`);
  return { api_version: apiVersion, stemcell_formats: stemcellFormats };
}
