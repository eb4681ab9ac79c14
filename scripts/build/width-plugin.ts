import type { Plugin } from 'esbuild';

/**
 * Lets Bun itself say how wide a text is, in the place of the package string-width, which both we and Ink use: its regular expressions on emoji cost the
 * first frame a third of its time, and every line with a character that is not ASCII half a millisecond.
 * Source: https://bun.sh/docs/api/utils#bun-stringwidth, made to give what string-width gives.
 */
export function widthPlugin(): Plugin {
  return {
    name: 'width',
    setup(build) {
      build.onLoad({ filter: /\/string-width\/index\.js$/ }, () => ({
        contents: 'export default (text, options) => Bun.stringWidth(text, options);',
        loader: 'js',
      }));
    },
  };
}
