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
 * also finds a secret that an API server quotes in an error. Each is looked for as it is, JSON-escaped, percent-encoded, inside base64 and, for PEM, line by line.
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
  const plain = text.trim();
  if (plain.length < shortest) return;
  yield* spellingsOf(text);
  if (plain !== text) yield plain;
  // credentials inside a URL: https://mbus:SECRET@host
  const password = passwordIn(text);
  if (password !== undefined && password.length >= shortest) {
    yield* spellingsOf(password);
    yield* spellingsOf(percentDecoded(password));
  }
  const lines = text.split('\n');
  if (lines.length === 1) return;
  for (const line of lines.map((each) => each.trim())) {
    if (line.length < 16 || line.startsWith('-----')) continue;
    yield line;
    // a machine's settings quoted from its Secret: JSON escapes the line ends, base64 hides the rest
    yield* base64Of(line);
  }
}

/** A text as it stands in a log, in JSON, in JSON that is quoted in JSON (a Status does), in a URL and in base64. */
function* spellingsOf(text: string): Generator<string> {
  yield text;
  const escaped = JSON.stringify(text).slice(1, -1);
  if (escaped !== text) {
    yield escaped;
    yield JSON.stringify(escaped).slice(1, -1);
  }
  // a lone surrogate has no percent-encoding
  const percent = text.isWellFormed() ? encodeURIComponent(text) : text;
  if (percent !== text) yield percent;
  yield* base64Of(text);
}

/** Base64 of a text inside base64 of anything: where it begins in a group of three bytes decides how it looks. Its ends depend on its neighbours. */
function* base64Of(text: string): Generator<string> {
  const bytes = Buffer.from(text);
  for (const offset of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const first = offset === 0 ? 0 : offset + 1;
    const last = Math.floor(((bytes.length + offset) * 8) / 6);
    const form = whole.slice(first, last);
    if (form.length < shortest) continue;
    yield form;
    const url = form.replaceAll('+', '-').replaceAll('/', '_');
    if (url !== form) yield url;
  }
}

function passwordIn(url: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/@:]*:([^/@]+)@/i.exec(url)?.[1];
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Parts of a request that hold secrets or values of cloud_properties, by method: positions in its arguments. */
const secretArguments: ReadonlyMap<string, readonly number[]> = new Map([
  // agent_id, stemcell_cid, cloud_properties, networks, disk_cids, env
  ['create_vm', [2, 5]],
  ['create_disk', [1]],
  ['update_disk', [2]],
]);

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
  for (const position of secretArguments.get(method) ?? []) redactor.learn(withoutNames(args[position]));
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
 * Tells a redactor what in a configuration is secret: credentials and certificates of the kubeconfig, the mbus, the blobstores, the registry's password.
 * @param config parsed or not: the text of a broken one is never shown
 */
export function learnConfig(redactor: Redactor, config: Readonly<Record<string, unknown>>): void {
  const { kubeconfig, agent, stemcell } = config;
  if (typeof kubeconfig === 'string') redactor.learn(credentialsInText(kubeconfig));
  else learnCredentials(redactor, kubeconfig);
  redactor.learn(agent);
  redactor.learn((stemcell as { registry?: { password?: unknown } } | undefined)?.registry?.password);
}

function learnCredentials(redactor: Redactor, node: unknown): void {
  if (Array.isArray(node)) {
    for (const item of node) {
      if (typeof item === 'string') redactor.learn(item);
      else learnCredentials(redactor, item);
    }
  } else if (typeof node === 'object' && node !== null) {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === 'object') learnCredentials(redactor, value);
      else if (!publicKeys.has(key)) redactor.learn(value);
      else if (typeof value === 'string') redactor.learn(passwordIn(value));
    }
  }
}

/** What may be a credential in a kubeconfig's YAML or JSON text: nothing is parsed, since the text may be broken. */
function credentialsInText(text: string): string[] {
  const inUrls = [...text.matchAll(/:\/\/[^/@\s"']*:([^/@\s"']+)@/g)].map((match) => match[1] ?? '');
  const words = [...text.matchAll(keysAndValues)].map((match) => match[1] ?? '');
  let key = '';
  const values: string[] = [];
  for (const line of text.split('\n')) {
    const [, name, rest = ''] = /^[\s-]*["']?([\w.-]+)["']?\s*:(?:\s+(.*))?$/.exec(line) ?? [];
    if (name !== undefined) key = name;
    // a line without a key continues the value above it
    const value = (name === undefined ? line : rest).trim().replace(/^["']|["'],?$/g, '');
    if (!publicKeys.has(key) && value.length >= shortest && !/^[[{|>&]|["'][\w-]+["']\s*:/.test(value))
      values.push(value);
  }
  return [...inUrls, ...words, ...values];
}

const keysAndValues =
  /["']?(?:token|password|client-key-data|client-certificate-data|certificate-authority-data|value)["']?\s*:\s*["']?([^\s"',}]+)/g;
