import type { ConfigurationOptions } from '@kubernetes/client-node/dist/gen/configuration.js';
import { of } from '@kubernetes/client-node/dist/gen/rxjsStub.js';

/**
 * Options that set the Content-Type of one generated call. The generated patch methods know five types and always
 * send the first, JSON Patch: `core.patchNamespacedPod({...}, mergePatch)`.
 */
function contentType(type: string): ConfigurationOptions {
  return {
    middleware: [
      {
        pre: (context) => {
          context.setHeaderParam('Content-Type', type);
          return of(context);
        },
        post: (response) => of(response),
      },
    ],
  };
}

export const mergePatch: ConfigurationOptions = contentType('application/merge-patch+json');
export const strategicMergePatch: ConfigurationOptions = contentType('application/strategic-merge-patch+json');
/** Server-side apply; also pass `fieldManager`, and `force` to take over fields. */
export const applyPatch: ConfigurationOptions = contentType('application/apply-patch+yaml');
