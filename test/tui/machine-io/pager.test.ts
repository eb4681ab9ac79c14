import test from 'ava';
import { pagerOf } from '../../../src/tui/machine-io/pager.ts';

test('cat is no pager, also by its path; anything else is what the operator wants', (t) => {
  for (const PAGER of ['', ' ', 'cat', '/usr/bin/cat', undefined]) {
    t.is(pagerOf(PAGER === undefined ? {} : { PAGER }), undefined);
  }
  for (const PAGER of ['less', 'bat --paging=always', 'cat | more', 'catimg']) t.is(pagerOf({ PAGER }), PAGER);
});
