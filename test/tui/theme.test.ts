import test from 'ava';
import { themeOf, themes } from '../../src/tui/theme.ts';

test('the theme that is asked for wins, then NO_COLOR, then what the terminal tells of its background', (t) => {
  t.is(themeOf('light', { NO_COLOR: '1' }, 8), 'light');
  t.is(themeOf(undefined, { NO_COLOR: '1', COLORFGBG: '0;15' }, 8), 'mono');
  t.is(themeOf(undefined, { NO_COLOR: '', COLORFGBG: '0;15' }, 8), 'light');
  t.is(themeOf(undefined, { COLORFGBG: '15;default;0' }, 24), 'dark');
  t.is(themeOf(undefined, {}, 8), 'dark');
  t.is(themeOf(undefined, {}, 4), 'mono', 'sixteen colours');
});

test('mono has no colour, and still tells selection and problems', (t) => {
  for (const look of Object.values(themes.mono)) {
    t.is(look.color, undefined);
    t.is(look.backgroundColor, undefined);
  }
  t.true(themes.mono.selected.inverse);
  t.true(themes.mono.problem.bold);
});
