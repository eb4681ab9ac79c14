import type { Finding } from '../../drift/model.ts';
import { formatAge } from '../../inventory/format.ts';
import { severityRoles } from '../../tui/components/header.tsx';
import type { Segment } from '../../tui/components/line.tsx';
import { field, section } from '../details/fields.ts';

/** What is found about a machine or disk, for its page. @param now milliseconds since 1970 */
export function driftSection(
  findings: readonly Finding[],
  width: number,
  now: number,
): readonly (readonly Segment[])[] {
  return section(
    'Drift (d opens it)',
    findings.flatMap(({ title, expected, actual, since, severity }) =>
      field(
        title,
        `BOSH says ${expected}, Kubernetes has ${actual}, since ${formatAge(now - since)}`,
        width,
        severityRoles[severity],
      ),
    ),
  );
}
