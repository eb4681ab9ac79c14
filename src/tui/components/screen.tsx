import { Box, useApp, useInput, useIsScreenReaderEnabled, usePaste } from 'ink';
import { type ReactNode, useEffect } from 'react';
import type { Stage } from '../action-state.ts';
import { paste, pressKey } from '../dispatch.ts';
import type { Lender } from '../ink-terminal.ts';
import { splitKeys } from '../keys.ts';
import { hasTable } from '../rows.ts';
import type { Shell } from '../shell.ts';
import { viewOf } from '../shell.ts';
import type { Mode } from '../state.ts';
import type { ViewDefinition, ViewProps } from '../view.ts';
import { ActionDialog, useActionDialog } from './action-dialog.tsx';
import { Footer, Keys } from './footer.tsx';
import { Header, Rule } from './header.tsx';
import { Help } from './help.tsx';
import { Line } from './line.tsx';
import { Prompt } from './prompt.tsx';
import { Sheet, sheetHeight } from './sheet.tsx';
import { ShellContext, useRoute, useShell, useShellState } from './shell-context.ts';
import { SpokenScreen } from './spoken.tsx';
import { StatusLine } from './status-line.tsx';
import { TableView } from './table-view.tsx';

/** Smaller, and a table of machines says nothing any more. */
const smallest = { columns: 50, rows: 12 };

/** Lines of header, rule, rule, status and footer. */
const frame = 5;

/** The whole screen of the console. */
export function Screen({ shell, lender }: { readonly shell: Shell; readonly lender: Lender }): ReactNode {
  return (
    <ShellContext value={shell}>
      <Keyboard lender={lender} />
      <Frame />
    </ShellContext>
  );
}

/** Draws nothing: takes keys and pastes. */
function Keyboard({ lender }: { readonly lender: Lender }): ReactNode {
  const shell = useShell();
  const { suspendTerminal, exit } = useApp();
  useInput((input, key) => {
    for (const pressed of splitKeys(input, key)) pressKey(shell, pressed);
  });
  usePaste((text) => paste(shell, text));
  useEffect(() => {
    lender.take({ suspend: suspendTerminal, exit });
  }, [lender, suspendTerminal, exit]);
  return null;
}

function Frame(): ReactNode {
  const { columns, rows } = useShellState((state) => state.size);
  const mode = useShellState((state) => state.modes.at(-1));
  if (useIsScreenReaderEnabled()) return <SpokenScreen width={columns} />;
  if (columns < smallest.columns || rows < smallest.rows) return <TooSmall columns={columns} rows={rows} />;
  return (
    <Box flexDirection="column" height={rows}>
      <Header width={columns} />
      <Body mode={mode} width={columns} height={rows - frame} />
      <Rule width={columns} />
      <Below mode={mode} width={columns} />
    </Box>
  );
}

/** The two lines below: what is being typed, else what is to be said and the keys that work now. */
function Below({ mode, width }: { readonly mode: Mode | undefined; readonly width: number }): ReactNode {
  if (mode?.kind === 'filter' || mode?.kind === 'command') return <Prompt mode={mode} width={width} />;
  return (
    <>
      <StatusLine width={width} />
      {mode === undefined ? (
        <Footer width={width} />
      ) : mode.kind === 'action' ? (
        <ActionKeys width={width} />
      ) : (
        <Keys width={width} keys={modeKeys[mode.kind]} />
      )}
    </>
  );
}

const modeKeys = {
  help: [
    { key: 'j k', label: 'scroll' },
    { key: '/', label: 'search' },
    { key: 'esc', label: 'close' },
  ],
  sheet: [
    { key: '↑ ↓', label: 'choose' },
    { key: 'letters', label: 'narrow' },
    { key: 'enter', label: 'do it' },
    { key: 'esc', label: 'leave' },
  ],
} as const;

function ActionKeys({ width }: { readonly width: number }): ReactNode {
  const stage = useShellState(({ action }) => action?.stage.state ?? 'planning');
  return <Keys width={width} keys={stageKeys[stage]} />;
}

const close = [{ key: 'esc', label: 'close' }];

const stageKeys: Readonly<Record<Stage['state'], readonly { readonly key: string; readonly label: string }[]>> = {
  planning: [{ key: 'esc', label: 'leave' }],
  refused: close,
  nothing: close,
  asking: [
    { key: 'enter', label: 'go on' },
    { key: '↑ ↓', label: 'scroll' },
    { key: 'esc', label: 'leave everything as it is' },
  ],
  running: [{ key: 'esc', label: 'look elsewhere: it goes on' }],
  over: close,
  failed: close,
};

function Body({
  mode,
  width,
  height,
}: {
  readonly mode: Mode | undefined;
  readonly width: number;
  readonly height: number;
}): ReactNode {
  const shell = useShell();
  useRoute();
  const view = viewOf(shell);
  const dialog = useActionDialog(width, height);
  const top = useShellState(({ action }) => action?.top ?? 0);
  if (mode?.kind === 'help') return <Help mode={mode} width={width} height={height} />;
  if (dialog !== undefined) {
    const { lines, height: own } = dialog;
    return (
      <>
        {own < height ? <View view={view} width={width} height={height - own} /> : null}
        <ActionDialog lines={lines} top={top} width={width} height={own} isWhole={own === height} />
      </>
    );
  }
  if (mode?.kind !== 'sheet') return <View view={view} width={width} height={height} />;
  const own = sheetHeight(mode, height);
  return (
    <>
      <View view={view} width={width} height={height - own} />
      <Sheet mode={mode} width={width} height={own} />
    </>
  );
}

function View({ view, ...size }: { readonly view: ViewDefinition } & ViewProps): ReactNode {
  if (hasTable(view)) return <TableView view={view} {...size} />;
  return view.Component === undefined ? null : <view.Component {...size} />;
}

function TooSmall({ columns, rows }: { readonly columns: number; readonly rows: number }): ReactNode {
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Line width={columns} segments={[{ text: 'too small' }]} />
      <Line
        width={columns}
        segments={[{ text: `${columns}x${rows}, needs ${smallest.columns}x${smallest.rows}`, role: 'dim' }]}
      />
    </Box>
  );
}
