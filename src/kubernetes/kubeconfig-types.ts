/** A merged kubeconfig. Paths in it are absolute. */
export interface Kubeconfig {
  readonly currentContext?: string;
  readonly contexts: ReadonlyMap<string, KubeconfigContext>;
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>;
  readonly users: ReadonlyMap<string, KubeconfigUser>;
}

/** `contexts[].context`. */
export interface KubeconfigContext {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

/** `clusters[].cluster`. */
export interface KubeconfigCluster {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
  readonly 'proxy-url'?: string;
  readonly extensions?: readonly { readonly name: string; readonly extension?: unknown }[] | null;
  readonly [key: string]: unknown;
}

/** `users[].user`. */
export interface KubeconfigUser {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly exec?: KubeconfigExec | null;
  readonly 'auth-provider'?: { readonly name?: string } | null;
  readonly as?: string;
  readonly 'as-uid'?: string;
  readonly 'as-groups'?: readonly string[] | null;
  readonly 'as-user-extra'?: Readonly<Record<string, readonly string[]>> | null;
  readonly [key: string]: unknown;
}

/** `users[].user.exec`. */
export interface KubeconfigExec {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
}

/** An entry of one of the lists; what it names is under the key of its kind. */
export interface Named {
  readonly name?: string;
  readonly [key: string]: unknown;
}

/** A kubeconfig document as it is written. */
export interface KubeconfigDocument {
  readonly 'current-context'?: string;
  readonly contexts?: readonly Named[] | null;
  readonly clusters?: readonly Named[] | null;
  readonly users?: readonly Named[] | null;
  readonly [key: string]: unknown;
}
