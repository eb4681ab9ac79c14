/** The name rules of apimachinery's `util/validation`, with its messages. Each returns one message per broken rule. */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';

const labelPattern = new RegExp(`^${LABEL}$`);
const subdomainPattern = new RegExp(`^${SUBDOMAIN}$`);
const label1035Pattern = new RegExp(`^${LABEL_1035}$`);
const qualifiedPattern = new RegExp(`^${QUALIFIED}$`);
const labelValuePattern = new RegExp(`^(${QUALIFIED})?$`);
const configKeyPattern = new RegExp(`^${CONFIG_KEY}$`);

const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const LABEL_1035_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const QUALIFIED_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE_RULE = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`;

/** `rule (e.g. 'a',  or 'b', regex used for validation is '...')`: the doubled space is the real server's. */
function patternMessage(rule: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${rule} (regex used for validation is '${pattern}')`;
  const shown = examples.map((example, index) => (index === 0 ? `'${example}', ` : ` or '${example}', `)).join('');
  return `${rule} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

function tooLongMessage(limit: number): string {
  return `must be no more than ${limit} characters`;
}

const EMPTY = 'must be non-empty';

/** DNS-1123 label, at most 63 bytes. */
export function dnsLabel(value: string): string[] {
  const messages = value.length > 63 ? [tooLongMessage(63)] : [];
  if (labelPattern.test(value)) return messages;
  if (subdomainPattern.test(value)) return [...messages, 'must not contain dots'];
  return [...messages, patternMessage(LABEL_RULE, LABEL, 'my-name', '123-abc')];
}

/** DNS-1123 subdomain, at most 253 bytes. */
export function dnsSubdomain(value: string): string[] {
  const messages = value.length > 253 ? [tooLongMessage(253)] : [];
  return subdomainPattern.test(value)
    ? messages
    : [...messages, patternMessage(SUBDOMAIN_RULE, SUBDOMAIN, 'example.com')];
}

/** DNS-1035 label, at most 63 bytes: the names of Services. */
export function dnsLabel1035(value: string): string[] {
  const messages = value.length > 63 ? [tooLongMessage(63)] : [];
  return label1035Pattern.test(value)
    ? messages
    : [...messages, patternMessage(LABEL_1035_RULE, LABEL_1035, 'my-name', 'abc-123')];
}

/** A name in a path: RBAC objects may hold nearly anything. */
export function pathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((illegal) => value.includes(illegal)).map((illegal) => `may not contain '${illegal}'`);
}

/** Keys of labels, annotations (there in lower case), finalizers, resources: `[prefix/]name`. */
export function qualifiedName(value: string): string[] {
  const parts = value.split('/');
  const messages: string[] = [];
  if (parts.length > 2) {
    const message = patternMessage(QUALIFIED_RULE, QUALIFIED, 'MyName', 'my.name', '123-abc');
    return [`a qualified name ${message} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts.at(-1) ?? '';
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') messages.push(`prefix part ${EMPTY}`);
    else messages.push(...dnsSubdomain(prefix).map((message) => `prefix part ${message}`));
  }
  if (name === '') messages.push(`name part ${EMPTY}`);
  else if (name.length > 63) messages.push(`name part ${tooLongMessage(63)}`);
  if (!qualifiedPattern.test(name)) {
    messages.push(`name part ${patternMessage(QUALIFIED_RULE, QUALIFIED, 'MyName', 'my.name', '123-abc')}`);
  }
  return messages;
}

export function labelValue(value: string): string[] {
  const messages = value.length > 63 ? [tooLongMessage(63)] : [];
  return labelValuePattern.test(value)
    ? messages
    : [...messages, patternMessage(LABEL_VALUE_RULE, `(${QUALIFIED})?`, 'MyValue', 'my_value', '12345')];
}

/** Keys of Secret and ConfigMap data. */
export function configKey(value: string): string[] {
  const messages = value.length > 253 ? [tooLongMessage(253)] : [];
  if (!configKeyPattern.test(value)) {
    const rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
    messages.push(patternMessage(rule, CONFIG_KEY, 'key.name', 'KEY_NAME', 'key-name'));
  }
  if (value === '.' || value === '..') messages.push(`must not be '${value}'`);
  else if (value.startsWith('..')) messages.push("must not start with '..'");
  return messages;
}

/** Names of environment variables: any printable ASCII but `=`. */
export function envName(value: string): string[] {
  if (value === '') return [`environment variable name ${EMPTY}`];
  return /^[ -<>-~]+$/.test(value)
    ? []
    : [`a valid environment variable name must consist only of printable ASCII characters other than '='`];
}
