import { parseArgs } from 'node:util';
import type { Where } from '../tui/session.ts';
import { type ThemeName, themeNames } from '../tui/theme.ts';

export const consoleUsage = `kubernetes-cpi console: every BOSH machine and disk of a cluster, live

  --kubeconfig FILE     instead of $KUBECONFIG or ~/.kube/config
  --context NAME        instead of its current context
  -n, --namespace NAME  instead of the context's namespace
  -A, --all-namespaces
  -e, --environment ENV the BOSH Director, an address or alias as for the bosh CLI; instead of $BOSH_ENVIRONMENT
  --readonly            refuse everything that changes the cluster
  --theme NAME          ${themeNames.join(', ')}; NO_COLOR is heeded
  --screen-reader       linear text; INK_SCREEN_READER=true means the same
`;

/** What a command line asks of the console. */
export type ConsoleArgs =
  | { readonly state: 'help' }
  | { readonly state: 'wrong'; readonly problem: string }
  | {
      readonly state: 'open';
      readonly kubeconfig: string | undefined;
      readonly environment: string | undefined;
      readonly where: Where;
      readonly readonly: boolean;
      readonly theme?: ThemeName;
      readonly screenReader?: boolean;
    };

const options = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  environment: { type: 'string', short: 'e' },
  'all-namespaces': { type: 'boolean', short: 'A' },
  readonly: { type: 'boolean' },
  theme: { type: 'string' },
  'screen-reader': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads the arguments after `console`. */
export function parseConsoleArgs(args: readonly string[]): ConsoleArgs {
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) return { state: 'help' };
    const theme = themeNames.find((name) => name === values.theme);
    if (values.theme !== undefined && theme === undefined) {
      return { state: 'wrong', problem: `no theme ${values.theme}; there are ${themeNames.join(', ')}` };
    }
    if (values.namespace !== undefined && values['all-namespaces']) {
      return { state: 'wrong', problem: '--namespace and --all-namespaces exclude each other' };
    }
    return {
      state: 'open',
      kubeconfig: values.kubeconfig,
      environment: values.environment,
      readonly: values.readonly ?? false,
      where: {
        ...(values.context === undefined ? {} : { context: values.context }),
        ...(values.namespace === undefined ? {} : { namespace: values.namespace }),
        ...(values['all-namespaces'] ? { allNamespaces: true } : {}),
      },
      ...(theme === undefined ? {} : { theme }),
      ...(values['screen-reader'] ? { screenReader: true } : {}),
    };
  } catch (error) {
    return { state: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
}
