import { FAILSAFE_SCHEMA, load } from 'js-yaml';
import * as v from 'valibot';
import { checkInput, describeFlaws } from '../../bosh/schema.ts';

/** SHA-1 of nothing: of the empty `image` of a light stemcell. */
const sha1OfNothing = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';

/** What is known of a stemcell beside its files. */
export interface StemcellFacts {
  readonly name: string;
  readonly version: string;
  /** What compiled releases are matched by, together with the version: `ubuntu-noble`. */
  readonly operatingSystem: string;
  /** Of the agent inside; undefined where nobody tells. */
  readonly apiVersion: number | undefined;
  readonly architecture: Architecture;
}

/** As images name it. */
export const architectures = ['amd64', 'arm64'] as const;
export type Architecture = (typeof architectures)[number];

/** A stemcell.MF. */
export interface StemcellManifest extends StemcellFacts {
  /** Of `image`, hexadecimal; empty when none is told. */
  readonly sha1: string;
  readonly formats: readonly string[];
  readonly cloudProperties: Readonly<Record<string, unknown>>;
}

const text = v.pipe(v.string(), v.nonEmpty('must not be empty'));
const schema = v.looseObject({
  name: text,
  version: text,
  operating_system: v.optional(text),
  api_version: v.optional(v.pipe(v.string(), v.digits('must be a whole number')), '1'),
  sha1: v.optional(v.string(), ''),
  stemcell_formats: v.optional(v.array(v.string()), []),
  cloud_properties: v.optional(v.looseObject({ architecture: v.optional(v.string()) }), {}),
});

/**
 * Reads a stemcell.MF. Every scalar is taken as text, so that a version 1.10 without quotes stays 1.10.
 * @throws Error with the path of every flaw
 */
export function parseManifest(yaml: string): StemcellManifest {
  let document: unknown;
  try {
    document = load(yaml, { schema: FAILSAFE_SCHEMA });
  } catch (error) {
    throw new Error(`stemcell.MF is no YAML: ${(error as Error).message.split('\n', 1)[0]}`);
  }
  const checked = checkInput(schema, document);
  if ('flaws' in checked) throw new Error(`stemcell.MF: ${describeFlaws(checked.flaws)}`);
  const { name, version, sha1, ...rest } = checked.value;
  return {
    name,
    version,
    // as the Director does (update_stemcell.rb)
    operatingSystem: rest.operating_system ?? name,
    apiVersion: Number(rest.api_version),
    architecture: architectureOf(rest.cloud_properties.architecture),
    sha1: sha1.replace(/^sha1:/, ''),
    formats: rest.stemcell_formats,
    cloudProperties: rest.cloud_properties,
  };
}

/** The architecture as images name it; stemcells that name none are for x86_64. */
export function architectureOf(name: string | undefined): Architecture {
  return name === 'arm64' || name === 'aarch64' ? 'arm64' : 'amd64';
}

/**
 * The stemcell.MF of a light stemcell. Texts are quoted: the Director refuses a version that YAML takes for a number.
 * @param image reference with its digest
 */
export function lightManifest(facts: StemcellFacts, image: string): string {
  const { name, version, operatingSystem, apiVersion, architecture } = facts;
  const quoted = JSON.stringify;
  return `---
name: ${quoted(name)}
version: ${quoted(version)}
bosh_protocol: "1"
${apiVersion === undefined ? '' : `api_version: ${apiVersion}\n`}sha1: ${quoted(sha1OfNothing)}
operating_system: ${quoted(operatingSystem)}
stemcell_formats: ["kubernetes-light"]
cloud_properties:
  name: ${quoted(name)}
  version: ${quoted(version)}
  infrastructure: "kubernetes"
  architecture: ${quoted(architecture === 'amd64' ? 'x86_64' : 'arm64')}
  image: ${quoted(image)}
`;
}
