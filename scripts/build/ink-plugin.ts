import type { Plugin } from 'esbuild';

/** Leaves out what Ink loads with DEV=true: a bridge to React's developer tools, a package that is not among its dependencies. */
export function inkPlugin(): Plugin {
  return {
    name: 'ink',
    setup(build) {
      build.onLoad({ filter: /\/ink\/build\/devtools\.js$/ }, () => ({ contents: '', loader: 'js' }));
    },
  };
}
