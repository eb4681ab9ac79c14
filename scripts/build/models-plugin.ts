import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';

/** What the generated client says of one type of the Kubernetes API. */
interface Model {
  readonly discriminator?: string;
  readonly mapping?: Readonly<Record<string, string>>;
  readonly attributeTypeMap: readonly Attribute[];
}

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

const generated = /@kubernetes\/client-node\/dist\/gen\//;

/** Marks a path that this plugin asks esbuild itself to resolve. */
const resolving = Symbol('resolving');

/**
 * Makes the generated client's types when they are first met instead of all 900 at start (5 ms of processor time), and leaves out its HTTP
 * library: ours is given to it, and its own brings undici.
 */
export function modelsPlugin(): Plugin {
  return {
    name: 'models',
    setup(build) {
      // Its package.json does not say so, but evaluating a generated module does nothing but define: APIs that are not used can go.
      build.onResolve({ filter: /./ }, async ({ path, pluginData, ...options }) => {
        if (pluginData === resolving || !(generated.test(path) || generated.test(options.importer))) return;
        const resolved = await build.resolve(path, { ...options, pluginData: resolving });
        return generated.test(resolved.path) ? { ...resolved, sideEffects: false } : resolved;
      });
      build.onLoad({ filter: /client-node\/dist\/gen\/models\/ObjectSerializer\.js$/ }, async ({ path }) => {
        const models = (await import(pathToFileURL(path).href)) as Record<string, Model>;
        return { contents: lazySerializer(readFileSync(path, 'utf8'), models), loader: 'js' };
      });
      build.onLoad({ filter: /client-node\/dist\/gen\/http\/isomorphic-fetch\.js$/ }, () => ({
        contents: 'export class IsomorphicFetchHttpLibrary {}',
        loader: 'js',
      }));
    },
  };
}

const importLine = /^(?:import|export) .* from '\.\.\/models\/\w+\.js';$/gm;
const typeTable = /^let typeMap = \{\n([\s\S]*?)\n\};$/m;

/**
 * The serializer's source with its eager table of classes replaced by one that makes each class when it is asked for.
 * @param source of gen/models/ObjectSerializer.js
 * @param models that module's exports
 */
function lazySerializer(source: string, models: Readonly<Record<string, Model>>): string {
  const table = typeTable.exec(source);
  if (table === null) throw new Error('ObjectSerializer.js of the Kubernetes client has another shape now: no typeMap');
  const names = [...(table[1] ?? '').matchAll(/^ {4}"(\w+)": \1,?$/gm)].map((match) => match[1] ?? '');
  const makers = names.map((name) => {
    const model = models[name];
    if (model === undefined) throw new Error(`ObjectSerializer.js of the Kubernetes client exports no ${name}`);
    const { discriminator = null, mapping = null, attributeTypeMap } = model;
    return `${name}: () => model(${JSON.stringify(discriminator)}, ${JSON.stringify(mapping)}, ${JSON.stringify(attributeTypeMap.map(brief))}),`;
  });
  return source
    .replace(importLine, '')
    .replace(table[0], () => `${makeModel}const makers = {\n${makers.join('\n')}\n};\n`);
}

/** An attribute as a short list: most are called the same in JSON, and have no format. */
function brief({ name, baseName, type, format }: Attribute): readonly string[] {
  if (format !== '') return [name, type, baseName, format];
  return baseName === name ? [name, type] : [name, type, baseName];
}

const makeModel = `
const made = new Map();
const typeMap = new Proxy({}, {
  get(_, name) {
    if (!made.has(name)) made.set(name, Object.hasOwn(makers, name) ? makers[name]() : undefined);
    return made.get(name);
  },
});
function model(discriminator, mapping, attributes) {
  const table = attributes.map(([name, type, baseName = name, format = '']) => ({ name, baseName, type, format }));
  return class {
    static discriminator = discriminator ?? undefined;
    static mapping = mapping ?? undefined;
    static attributeTypeMap = table;
    static getAttributeTypeMap() {
      return table;
    }
  };
}
`;
