import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { ApiObject } from '../../tui/machine-io/followed-object.ts';
import type { ViewProps } from '../../tui/view.ts';
import { madeLines, Scroll } from './scroll.tsx';
import { yamlLines, yamlOf } from './yaml-lines.ts';

interface YamlPageProps extends ViewProps {
  /** Those that are known. */
  readonly objects: readonly (ApiObject | undefined)[];
}

/** Objects as YAML documents, drawn anew as they change. */
export function YamlPage({ objects, width, height }: YamlPageProps): ReactNode {
  const [text, setText] = useState('');
  useEffect(() => {
    let current = true;
    void yamlOf(objects.filter((object) => object !== undefined)).then((made) => {
      if (current) setText(made);
    });
    return () => {
      current = false;
    };
    // biome-ignore lint/correctness/useExhaustiveDependencies: the objects, not the list that brings them
  }, objects);
  const lines = useMemo(() => madeLines(yamlLines(text, width)), [text, width]);
  return <Scroll lines={lines} width={width} height={height} />;
}
