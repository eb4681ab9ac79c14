import type { DirectorInfo } from '../director/model.ts';
import type { Finding } from '../drift/model.ts';
import { type Column, textColumn } from '../inventory/column.ts';
import type { Filter } from '../inventory/filter.ts';
import { textTable } from './list-text.ts';

/** What was compared with what. */
export interface Compared {
  readonly context: string;
  /** All of them when undefined. */
  readonly namespace: string | undefined;
  readonly director: DirectorInfo | undefined;
}

const width = { width: [4, 80], priority: 0 } as const;

const columns: readonly Column<Finding>[] = [
  textColumn('severity', 'SEVERITY', ({ severity }) => severity, width),
  textColumn('title', 'WHAT', ({ title }) => title, width),
  textColumn('label', 'SUBJECT', ({ subject }) => subject.label, width),
  textColumn('deployment', 'DEPLOYMENT', ({ subject }) => subject.deployment, width),
  textColumn('expected', 'BOSH SAYS', ({ expected }) => expected, width),
  textColumn('actual', 'KUBERNETES HAS', ({ actual }) => actual, width),
  textColumn('repair', 'REPAIR', ({ repairs }) => repairs[0], width),
  textColumn('name', 'OBJECT', ({ subject }) => subject.name, width),
];

/** Findings that a filter lets through: by any text, or with `-l` by rule, severity, kind, deployment and group. */
export function chosen(findings: readonly Finding[], filter: Filter): readonly Finding[] {
  return findings.filter(({ subject, explanation, sides: _, repairs: __, since, ...said }) => {
    const { deployment = '', instance = '', ...about } = subject;
    const labels = { deployment, group: instance.split('/')[0] ?? '', ...said, kind: subject.kind };
    const [reason] = explanation;
    return filter.test({
      ...said,
      ...about,
      uid: said.id,
      deployment,
      instance,
      labels,
      created: since,
      health: 'problem',
      reason,
    } as Parameters<Filter['test']>[0]);
  });
}

export function textFindings(findings: readonly Finding[], now: number): string {
  return findings.length === 0 ? 'no drift\n' : textTable(columns, findings, now);
}

/** The same drift is the same text: without times, in one order. */
export function jsonFindings(findings: readonly Finding[], notes: readonly string[], compared: Compared): string {
  const { context, namespace = null, director } = compared;
  const told = director && { name: director.name, uuid: director.uuid, version: director.version };
  const output = {
    version: 1,
    kubernetes: { context, namespace },
    director: told ?? null,
    findings: findings.map(({ since: _, subject, sides, ...finding }) => ({
      ...finding,
      subject: {
        ...subject,
        uid: subject.uid ?? null,
        deployment: subject.deployment ?? null,
        instance: subject.instance ?? null,
        cid: subject.cid ?? null,
      },
      sides: sides.map(({ note = null, ...side }) => ({ ...side, note })),
    })),
    notes,
  };
  return `${JSON.stringify(output, null, 2)}\n`;
}
