import type { Middleware } from 'koa';

/** Lets pages of the given origins read the service from a browser (Fetch standard, CORS protocol); of no others. */
export function createCors(origins: readonly string[]): Middleware {
  return async (context, next) => {
    const origin = context.get('Origin');
    if (origins.length > 0) context.vary('Origin');
    if (origins.includes(origin)) {
      context.set('Access-Control-Allow-Origin', origin);
      context.set('Access-Control-Expose-Headers', 'Content-Location, Retry-After, Warning');
    }
    if (context.method !== 'OPTIONS') return next();
    if (origins.includes(origin)) {
      context.set('Access-Control-Allow-Methods', 'GET, HEAD, POST, OPTIONS');
      context.set('Access-Control-Allow-Headers', 'Accept, Authorization, Content-Type');
      context.set('Access-Control-Max-Age', '600');
    }
    context.status = 204;
  };
}
