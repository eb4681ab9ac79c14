import type { Segment } from '../../tui/components/line.tsx';
import type { ApiObject } from '../../tui/machine-io/followed-object.ts';
import { hardWrap } from '../../tui/text.ts';

/** Objects as YAML documents, without what only machines write and read. */
export async function yamlOf(objects: readonly ApiObject[]): Promise<string> {
  const { dump } = await import('js-yaml');
  return objects.map((object) => dump(readable(object), { lineWidth: -1, noRefs: true })).join('---\n');
}

function readable({ apiVersion, kind, metadata, ...rest }: ApiObject): Record<string, unknown> {
  const { managedFields: _fields, annotations, ...kept } = (metadata ?? {}) as Record<string, unknown>;
  const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...others } = (annotations ?? {}) as Record<
    string,
    unknown
  >;
  const shown = { ...kept, ...(Object.keys(others).length > 0 && { annotations: others }) };
  // kubectl's order
  return { apiVersion, kind, metadata: shown, ...rest };
}

/** YAML with its keys told apart from its values. */
export function yamlLines(text: string, width: number): readonly (readonly Segment[])[] {
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [, key = '', value = line] = /^(\s*(?:- )*[^\s:][^:]*:)(?=\s|$)(.*)$/.exec(line) ?? [];
      const [first = '', ...more] = hardWrap(key + value, Math.max(20, width - 2));
      const head: readonly Segment[] = [
        { text: first.slice(0, key.length), role: 'accent' },
        { text: first.slice(key.length) },
      ];
      return [head, ...more.map((part): readonly Segment[] => [{ text: part }])];
    });
}
