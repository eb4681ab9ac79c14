import { parseArgs } from 'node:util';
import { build } from '../stemcell/image/build.ts';
import { type Architecture, architectures } from '../stemcell/image/manifest.ts';
import { parseImage } from '../stemcell/image-reference.ts';
import { UsageError } from './stemcell.ts';

const options = {
  from: { type: 'string' },
  image: { type: 'string' },
  output: { type: 'string' },
  os: { type: 'string' },
  version: { type: 'string' },
  architecture: { type: 'string' },
} as const;

/** @returns what was made, for people */
export async function buildStemcell(args: readonly string[]): Promise<string> {
  const { values } = parseArgs({ args: [...args], options });
  if (values.from === undefined) throw new UsageError('--from SOURCE: required');
  if (values.image === undefined) throw new UsageError('--image REFERENCE: required, the light stemcell names it');
  const { image, light, layout, size } = await build({
    from: values.from,
    reference: parseImage(values.image),
    operatingSystem: values.os,
    version: values.version,
    architecture: architectureOption(values.architecture),
    output: values.output ?? 'stemcell',
  });
  return `image           ${layout} (${Math.round(size / 1e6)} MB)
light stemcell  ${light}
names           ${image}
`;
}

function architectureOption(name: string | undefined): Architecture | undefined {
  const found = architectures.find((architecture) => architecture === name);
  if (name !== undefined && found === undefined) {
    throw new UsageError(`--architecture: expected ${architectures.join(' or ')}`);
  }
  return found;
}
