import { byNumber, byText, type Compare } from './compare.ts';
import { formatAge, nothing } from './format.ts';
import type { Health, Row } from './model.ts';

/** What a cell says beside its text; a theme gives it a colour. */
export type Tone = 'normal' | 'dim' | 'good' | 'busy' | 'problem';

/** A column of a table, the same in the console and in the one-shot commands. */
export interface Column<R> {
  /** Its name in `--column`, `--sort` and JSON: it never changes. */
  readonly key: string;
  readonly title: string;
  /** @param now milliseconds since 1970, for ages */
  text(row: R, now: number): string;
  json(row: R): unknown;
  readonly compare: Compare<R>;
  readonly align?: 'right';
  readonly width: { readonly min: number; readonly max: number };
  /** Where there is little room, the higher numbers go first. */
  readonly priority: number;
  tone?(row: R): Tone;
}

interface Options<R> {
  readonly width: readonly [min: number, max: number];
  readonly priority: number;
  readonly tone?: (row: R) => Tone;
}

type Of<R, T> = (row: R) => T;

export function textColumn<R>(
  key: string,
  title: string,
  of: Of<R, string | undefined>,
  options: Options<NoInfer<R>>,
): Column<R> {
  return {
    key,
    title,
    text: (row) => of(row) ?? nothing,
    json: (row) => of(row) ?? null,
    compare: byText(of),
    ...placed(options),
  };
}

/** @param format how a number is written */
export function numberColumn<R>(
  key: string,
  title: string,
  of: Of<R, number | undefined>,
  options: Options<NoInfer<R>>,
  format: (value: number | undefined) => string = (value) => String(value ?? nothing),
): Column<R> {
  return {
    key,
    title,
    text: (row) => format(of(row)),
    json: (row) => of(row) ?? null,
    compare: byNumber(of),
    align: 'right',
    ...placed(options),
  };
}

/** A time, shown as the age it has: the youngest comes first. */
export function ageColumn<R>(key: string, title: string, of: Of<R, number>, options: Options<NoInfer<R>>): Column<R> {
  return {
    key,
    title,
    text: (row, now) => formatAge(now - of(row)),
    json: (row) => new Date(of(row)).toISOString(),
    compare: (a, b) => of(b) - of(a),
    align: 'right',
    ...placed(options),
  };
}

/** Several texts. @param show how they are written in one cell */
export function listColumn<R>(
  key: string,
  title: string,
  of: Of<R, readonly string[]>,
  options: Options<NoInfer<R>>,
  show: (values: readonly string[]) => string = (values) => values.join(' '),
): Column<R> {
  return {
    key,
    title,
    text: (row) => (of(row).length === 0 ? nothing : show(of(row))),
    json: (row) => of(row),
    compare: byText((row) => of(row).join(' ') || undefined),
    ...placed(options),
  };
}

export function flagColumn<R>(
  key: string,
  title: string,
  of: Of<R, boolean>,
  words: readonly [yes: string, no: string],
  options: Options<NoInfer<R>>,
): Column<R> {
  return {
    key,
    title,
    text: (row) => words[of(row) ? 0 : 1],
    json: of,
    compare: byNumber((row) => (of(row) ? 0 : 1)),
    ...placed(options),
  };
}

const rank: Readonly<Record<Health, number>> = { problem: 0, busy: 1, ok: 2 };

/** What every table ends with: where the object is, and what is the matter with it. */
export function commonColumns<R extends Row>(): readonly Column<R>[] {
  return [
    textColumn('namespace', 'NAMESPACE', ({ namespace }) => namespace, { width: [8, 20], priority: 60 }),
    {
      ...textColumn<R>('health', 'HEALTH', ({ health }) => health, { width: [7, 7], priority: 70, tone: healthTone }),
      compare: byHealth,
    },
    textColumn('reason', 'REASON', ({ reason }) => reason, { width: [20, 160], priority: 80, tone: healthTone }),
  ];
}

/** Problems first. */
export const byHealth: Compare<Row> = (a, b) => rank[a.health] - rank[b.health];

export function healthTone({ health }: Row): Tone {
  return health === 'ok' ? 'normal' : health;
}

function placed<R>({ width: [min, max], priority, tone }: Options<R>) {
  return { width: { min, max }, priority, ...(tone && { tone }) };
}
