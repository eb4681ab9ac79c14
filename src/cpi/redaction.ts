/** What stands where a secret was. */
export const redacted = '<redacted>';

/** Texts shorter than this are not treated as secrets: they are numbers, ports and words like `tcp`, and every text holds them. */
const shortest = 6;

/** Takes the secrets it was told about out of any text. */
export interface Redactor {
  /** Every string inside the value, at any depth, is a secret from now on. */
  readonly learn: (value: unknown) => void;
  readonly redact: (text: string) => string;
}

/**
 * A redactor that knows nothing yet.
 *
 * It works on what a call was given (settings, certificates, tokens, registry credentials, values of cloud_properties) rather than on patterns, so it
 * also finds a secret that an API server quotes in an error. Each is looked for as it is, JSON-escaped, base64-encoded and, for PEM, line by line.
 */
export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  let ordered: string[] | undefined;
  return {
    learn(value) {
      for (const text of stringsIn(value)) {
        for (const form of formsOf(text)) secrets.add(form);
      }
      ordered = undefined;
    },
    redact(text) {
      // longest first, so that no secret is left cut in two by a shorter one inside it
      ordered ??= [...secrets].sort((a, b) => b.length - a.length);
      return ordered.reduce(
        (clean, secret) => (clean.includes(secret) ? clean.replaceAll(secret, redacted) : clean),
        text,
      );
    },
  };
}

function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const item of value) yield* stringsIn(item);
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) yield* stringsIn(item);
}

function* formsOf(text: string): Generator<string> {
  if (text.trim().length < shortest) return;
  yield text;
  const escaped = JSON.stringify(text).slice(1, -1);
  if (escaped !== text) yield escaped;
  yield Buffer.from(text).toString('base64').replace(/=+$/, '');
  // credentials inside a URL: https://mbus:SECRET@host
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/@:]*:([^/@]+)@/i.exec(text)?.[1];
  if (password !== undefined && password.length >= shortest) yield password;
  const lines = text.split('\n');
  if (lines.length > 1)
    for (const line of lines) if (line.trim().length >= 16 && !line.startsWith('-----')) yield line.trim();
}

/** Parts of a request that hold secrets or values of cloud_properties, by method: positions in its arguments. */
const secretArguments: Readonly<Record<string, readonly number[]>> = {
  // agent_id, stemcell_cid, cloud_properties, networks, disk_cids, env
  create_vm: [2, 5],
  create_stemcell: [],
  create_disk: [1],
  update_disk: [2],
};

/**
 * Tells a redactor what in a request is secret.
 * Metadata is not: it is written on objects for people to read. Networks are not but for their cloud_properties: addresses are needed in errors.
 */
export function learnRequest(
  redactor: Redactor,
  method: string,
  args: readonly unknown[],
  context: Readonly<Record<string, unknown>>,
): void {
  for (const position of secretArguments[method] ?? []) redactor.learn(withoutNames(args[position]));
  if (method === 'create_vm') {
    for (const network of Object.values((args[3] ?? {}) as Record<string, { cloud_properties?: unknown } | null>)) {
      redactor.learn(network?.cloud_properties);
    }
  }
  const { director_uuid: _uuid, request_id: _id, vm: _vm, ...fromCpiConfig } = context;
  learnConfig(redactor, fromCpiConfig);
}

/** The value without what is a name in a Director's own logs too: `env.bosh.group`, `groups` and `tags`, and the context, which CIDs carry. */
function withoutNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { context: _context, bosh, ...rest } = value as Record<string, unknown>;
  if (typeof bosh !== 'object' || bosh === null) return rest;
  const { group: _group, groups: _groups, tags: _tags, ...secrets } = bosh as Record<string, unknown>;
  return { ...rest, bosh: secrets };
}

/** Keys of a kubeconfig that are names and addresses; everything else in it counts as secret. */
const publicKeys: ReadonlySet<string> = new Set([
  'apiVersion',
  'kind',
  'name',
  'cluster',
  'user',
  'namespace',
  'server',
  'current-context',
  'tls-server-name',
  'command',
  'proxy-url',
]);

/**
 * Tells a redactor what in a configuration is secret: credentials and certificates of the kubeconfig, the mbus, the blobstores.
 * @param config parsed or not: the text of a broken one is never shown
 */
export function learnConfig(redactor: Redactor, config: Readonly<Record<string, unknown>>): void {
  const { kubeconfig, agent } = config;
  if (typeof kubeconfig === 'string') redactor.learn(credentialsInText(kubeconfig));
  else learnCredentials(redactor, kubeconfig);
  redactor.learn(agent);
}

function learnCredentials(redactor: Redactor, node: unknown): void {
  if (Array.isArray(node)) for (const item of node) learnCredentials(redactor, item);
  else if (typeof node === 'object' && node !== null) {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === 'object') learnCredentials(redactor, value);
      else if (!publicKeys.has(key)) redactor.learn(value);
      else if (key === 'server' || key === 'proxy-url') redactor.learn(/\/\/[^/@]*:([^/@]+)@/.exec(String(value))?.[1]);
    }
  }
}

/** Values of the credential keys of a kubeconfig's YAML or JSON text. */
function credentialsInText(text: string): string[] {
  const keys =
    /["']?(?:token|password|client-key-data|client-certificate-data|certificate-authority-data|value)["']?\s*:\s*["']?([^\s"',}]+)/g;
  return [...text.matchAll(keys)].map((match) => match[1] ?? '');
}
