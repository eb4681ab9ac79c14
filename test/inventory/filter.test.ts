import test from 'ava';
import { parseFilter } from '../../src/inventory/filter.ts';
import type { Machine } from '../../src/inventory/model.ts';
import { machine } from './support/rows.ts';

const cell = machine({
  uid: 'c0ffee',
  instance: 'diego-cell/0',
  state: 'Running',
  node: 'worker-07',
  labels: { deployment: 'cf', job: 'diego-cell', name: 'diego-cell/0af…' },
});
const router = machine({
  instance: 'router/1',
  state: 'ImagePullBackOff',
  node: 'worker-01',
  disks: ['disk-77'],
  labels: { deployment: 'cf', job: 'router' },
});

function passes(text: string, row: Machine): boolean {
  const filter = parseFilter(text);
  if ('error' in filter) throw new Error(filter.error);
  return filter.test(row);
}

const forms: readonly (readonly [text: string, cell: boolean, router: boolean])[] = [
  ['', true, true],
  ['diego', true, false],
  ['/DIEGO', true, false],
  ['worker-0', true, true],
  ['disk-77', false, true],
  ['!diego', false, true],
  ['worker.0', false, false],
  ['R/1', false, true],
  ['/!worker', false, false],
  ['-l deployment=cf', true, true],
  ['-l job=router', false, true],
  ['-l bosh.cloudfoundry.org/job==router', false, true],
  ['-l job!=router', true, false],
  ['-l name=diego-cell/0af…', true, false],
  ['-l name', true, false],
  ['-l !name', false, true],
  ['-l deployment=cf,job in (router, api)', false, true],
  ['-l job notin (router,api)', true, false],
  ['-l nothing!=x', true, true],
  ['-f dgo0', true, false],
  ['-f rtr1', false, true],
  ['-f imgpull', false, true],
];

for (const [text, onCell, onRouter] of forms) {
  test(`the filter "${text}"`, (t) => {
    t.deepEqual([passes(text, cell), passes(text, router)], [onCell, onRouter]);
  });
}

test('a text is searched within one word, and never in a UID', (t) => {
  t.false(passes('c0ffee', cell));
  t.false(passes('-f runningworker', cell), 'the letters of one row, but of two of its words');
});

test('a filter that is none says what would be one', (t) => {
  const errorOf = (text: string) => {
    const filter = parseFilter(text);
    return 'error' in filter ? filter.error : undefined;
  };
  t.regex(errorOf('-l') ?? '', /labels are needed, e\.g\. -l deployment=cf/);
  t.regex(errorOf('-l a b') ?? '', /"a b" is no label requirement; write a=b/);
  t.regex(errorOf('-l a=b,,') ?? '', /"" is no label requirement/);
  t.regex(errorOf('-x foo') ?? '', /-x is no form of filter; there are: text, !text, -l/);
  t.regex(errorOf('-f') ?? '', /letters are needed/);
  t.regex(errorOf('!') ?? '', /a text is needed/);
  t.is(errorOf('-foo'), undefined, 'a text may begin with a dash');
});
