import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import stringWidth from 'string-width';
import { root } from '../../scripts/root.ts';

test('Bun finds a text as wide as string-width does, which it stands for in the executable', (t) => {
  const texts = [
    'router/0',
    '─'.repeat(120),
    '▸ ● ○ ✗ … – ·',
    'grün',
    'e\u0301',
    '日本語',
    '한국',
    '👍',
    '👩‍👩‍👧',
    '\x1b[31mred\x1b[39m',
    '',
  ];
  const script = `console.log(JSON.stringify(${JSON.stringify(texts)}.map((text) => Bun.stringWidth(text))))`;
  const bun = join(root, 'node_modules/bun/bin/bun.exe');
  const widths = JSON.parse(execFileSync(bun, ['-e', script], { encoding: 'utf8' })) as readonly number[];
  t.deepEqual(
    widths,
    texts.map((text) => stringWidth(text)),
  );
});
