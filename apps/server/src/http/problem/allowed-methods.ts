import { type Request } from 'express';

/** The part of Express's router that says which routes there are. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** Methods that this path has, when it has any; in the order of their declaration. */
export function allowedMethods(request: Request): string[] {
  const { stack } = (request.app as unknown as { router: { stack: Layer[] } }).router;
  const found = stack
    // What answers even TRACE is a middleware for all methods and no route.
    .filter((layer) => layer.route && !layer.route.methods['trace'] && layer.match(decodedPath(request)))
    .flatMap((layer) => Object.keys(layer.route!.methods).map((method) => method.toUpperCase()));
  return [...new Set(found.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
}

/** The router throws where a path cannot be decoded; such a path has no route. */
function decodedPath({ path }: Request): string {
  try {
    decodeURIComponent(path);
    return path;
  } catch {
    return '/';
  }
}
