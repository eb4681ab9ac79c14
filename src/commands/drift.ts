import { connectDirector } from '../director/client.ts';
import { readTarget } from '../director/target.ts';
import { connect } from '../kubernetes/cluster.ts';
import { loadKubeconfig, targetOf } from '../kubernetes/kubeconfig.ts';
import { type DriftArgs, parseDriftArgs } from './drift-args.ts';
import { chosen, jsonFindings, textFindings } from './drift-print.ts';
import { readDrift } from './drift-read.ts';

/** Compares once. Ends with 0 when there is no drift, with 1 when there is, with 2 when that could not be found out or the command line is wrong. */
export async function runDrift(args: readonly string[]): Promise<void> {
  // a reader such as head may go before all is written
  process.stdout.on('error', () => process.exit());
  let parsed: DriftArgs;
  try {
    parsed = parseDriftArgs(args);
  } catch (error) {
    process.stderr.write(`kubernetes-cpi drift: ${(error as Error).message}\nSee kubernetes-cpi drift --help\n`);
    process.exitCode = 2;
    return;
  }
  if (parsed.help) {
    process.stdout.write(usage);
    return;
  }
  try {
    process.exitCode = (await compare(parsed)) ? 1 : 0;
  } catch (error) {
    process.stderr.write(`kubernetes-cpi drift: ${(error as Error).message}\n`);
    process.exitCode = 2;
  }
}

/** @returns whether there is drift */
async function compare(args: DriftArgs): Promise<boolean> {
  const { kubeconfig, allNamespaces, environment } = args;
  const target = targetOf(await loadKubeconfig(kubeconfig === undefined ? {} : { paths: [kubeconfig] }), args.context);
  const bosh = await readTarget(process.env, environment === undefined ? {} : { environment });
  const namespace = allNamespaces ? undefined : (args.namespace ?? target.namespace);
  const cluster = connect(target);
  const director = bosh && connectDirector(bosh);
  try {
    const { findings: all, notes, info } = await readDrift(cluster, director, namespace, { scan: args.scan });
    const findings = chosen(all, args.filter);
    const context = target.context;
    if (args.json) {
      process.stdout.write(jsonFindings(findings, notes, { context, namespace, director: info }));
    } else {
      for (const note of notes) process.stderr.write(`kubernetes-cpi drift: ${note}\n`);
      process.stdout.write(textFindings(findings, Date.now()));
    }
    return findings.length > 0;
  } finally {
    director?.close();
    cluster.close();
  }
}

const usage = `kubernetes-cpi drift: prints where BOSH and Kubernetes disagree

  --json                 as JSON (docs/drift.md has its form), always in the same order and without times
  --filter TEXT          text, !text, '-l rule=ip-differs,severity=high,deployment=cf' or '-f letters'
  --no-scan              spare the agents: who has which disk and which agents answer is not known then
  -e, --environment NAME the Director, an address or an alias, instead of $BOSH_ENVIRONMENT;
                         credentials and CA as the bosh CLI finds them ($BOSH_CLIENT, ~/.bosh/config, …)
  --kubeconfig FILE      instead of $KUBECONFIG or ~/.kube/config
  --context NAME         instead of its current context
  -n, --namespace NAME   instead of the context's namespace
  -A, --all-namespaces

Without a Director records and annotations are all there is to compare with.
What could not be known is told on stderr, in JSON among the notes.
Exit status: 0 no drift, 1 drift, 2 it could not be found out, or the command line is wrong
`;
