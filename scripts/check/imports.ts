import { type Import, importsBelow } from './import-graph.ts';

/** Which folders of src a folder may import: arrows point one way, from the contract down to Kubernetes. */
const layers: Readonly<Record<string, readonly string[]>> = {
  cpi: ['bosh', 'vm', 'disk', 'network', 'stemcell', 'kubernetes'],
  vm: ['bosh', 'disk', 'network', 'stemcell', 'kubernetes'],
  disk: ['bosh', 'vm', 'network', 'kubernetes'],
  network: ['bosh', 'kubernetes'],
  stemcell: ['bosh', 'kubernetes'],
  bosh: ['kubernetes'],
  kubernetes: [],
  sandbox: ['bosh', 'kubernetes'],
  demo: ['sandbox', 'views', 'director', 'cpi', 'bosh', 'kubernetes'],
  inventory: ['bosh', 'kubernetes'],
  director: ['bosh', 'kubernetes'],
  drift: ['director', 'inventory', 'bosh', 'kubernetes'],
  actions: ['director', 'drift', 'inventory', 'configuration', 'vm', 'disk', 'network', 'bosh', 'kubernetes'],
  configuration: ['bosh'],
  commands: ['actions', 'drift', 'director', 'inventory', 'configuration', 'bosh', 'kubernetes', 'stemcell'],
  tui: ['actions', 'drift', 'director', 'inventory', 'configuration', 'bosh', 'kubernetes'],
  views: ['tui', 'actions', 'drift', 'director', 'inventory', 'configuration', 'bosh', 'kubernetes'],
};

/** Where the calls of a Director begin; what they may load of others' code, ever. Each package here is paid for by calls. */
const cpiEntry = 'src/cpi/run.ts';
const cpiPackages = ['@kubernetes/client-node', 'fastest-levenshtein', 'valibot', 'ws', 'js-yaml', 'tar-stream'];

/** What is wrong with the imports of src, a line each; empty when nothing is. */
export function importChecks(root: string): readonly string[] {
  return importProblems(importsBelow(root, 'src'));
}

/** The same, of any imports. */
export function importProblems(imports: readonly Import[]): readonly string[] {
  return [
    ...imports.flatMap(layerProblem),
    ...imports.flatMap(clientProblem),
    ...imports.filter(({ from, kind }) => from === 'src/main.ts' && kind === 'static').map(modeProblem),
    ...cpiProblems(imports),
    ...cycles(imports),
  ];
}

function layerProblem({ from, to }: Import): readonly string[] {
  const source = folderOf(from);
  if (!/\.tsx?$/.test(to) || source === undefined) return [];
  const target = folderOf(to);
  if (target === source) return [];
  const allowed = layers[source];
  if (allowed === undefined) return [`${from}: no rule for src/${source}; scripts/check/imports.ts has the layers`];
  if (target !== undefined && allowed.includes(target)) return [];
  return [
    `${from} imports ${to}: src/${source} may import ${allowed.map((name) => `src/${name}`).join(', ') || 'no other folder'}`,
  ];
}

/** The client's index drags in a second HTTP stack; its generated parts are the Kubernetes layer's own business but for their types. */
function clientProblem({ from, to, kind }: Import): readonly string[] {
  if (!to.startsWith('@kubernetes/client-node')) return [];
  if (!to.startsWith('@kubernetes/client-node/dist/gen/')) return [`${from} imports ${to}: only dist/gen/ of it`];
  if (kind === 'type' || folderOf(from) === 'kubernetes') return [];
  return [`${from} imports ${to}: only types outside src/kubernetes`];
}

function modeProblem({ from, to }: Import): string {
  return `${from} imports ${to} at start: a mode is loaded by await import() when it is asked for`;
}

function cpiProblems(imports: readonly Import[]): readonly string[] {
  const reached = new Set([cpiEntry]);
  const found: string[] = [];
  for (const file of reached) {
    for (const { from, to, kind } of imports) {
      if (from !== file || kind === 'type') continue;
      if (/\.tsx?$/.test(to)) reached.add(to);
      else if (!to.startsWith('node:') && !cpiPackages.includes(packageOf(to)))
        found.push(`${from} imports ${to}: a CPI call may load only ${cpiPackages.join(', ')}`);
    }
  }
  return found;
}

/** Files that need each other to be evaluated: which comes first then depends on who is imported first. */
function cycles(imports: readonly Import[]): readonly string[] {
  const edges = new Map<string, string[]>();
  for (const { from, to, kind } of imports) {
    if (kind === 'static') edges.set(from, [...(edges.get(from) ?? []), to]);
  }
  const found: string[] = [];
  const done = new Set<string>();
  function visit(file: string, path: readonly string[]): void {
    const at = path.indexOf(file);
    if (at >= 0) found.push(`imports go round: ${[...path.slice(at), file].join(' -> ')}`);
    if (at >= 0 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  }
  for (const file of edges.keys()) visit(file, []);
  return found;
}

function folderOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}
